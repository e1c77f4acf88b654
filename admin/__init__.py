"""The back office: people and roles, apps and releases, configs, alerts and changes, for those who may configure."""
