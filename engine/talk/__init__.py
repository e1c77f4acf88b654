"""Talk about records: comments, mentions, followers."""

from __future__ import annotations

from engine.talk.followers import follow, followed_by, followers, followers_of, followers_of_many, unfollow

__all__ = ["follow", "followed_by", "followers", "followers_of", "followers_of_many", "unfollow"]
