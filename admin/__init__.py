"""Admin: the template owners' screens, where apps are designed, published and staffed."""
