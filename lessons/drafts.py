"""Who sees drafts: staff, except while they look at the site as a learner does."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def acts_as_staff(user: AbstractBaseUser | AnonymousUser) -> bool:
    """`views_as_learner` is set for one request, on its user, and never stored (see classes.viewing)."""
    return bool(getattr(user, "is_staff", False)) and not getattr(user, "views_as_learner", False)
