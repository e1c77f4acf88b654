"""Talk about records: comments, mentions, followers.

Comments are `engine.talk.comments`; alert rules ask here who follows, so this package loads nothing that asks them back.
"""

from __future__ import annotations

from engine.talk.followers import follow, followed_by, followers, followers_of, followers_of_many, unfollow

__all__ = ["follow", "followed_by", "followers", "followers_of", "followers_of_many", "unfollow"]
