"""The tool's signing keys: RSA pairs in the database, the private part encrypted under the site's secret key.

    make()      a new pair; its public part is published at once, and it signs from now on
    newest()    the pair that signs

A private key is stored as encrypted PKCS #8 (RFC 5958), so a copy of the database alone signs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop
from jwcrypto.jwk import JWK
from lti_tool.models import Key

from lessons import phrases

NO_KEY = gettext_noop("There is no signing key yet: run `manage.py rotate_keys`.")
OTHER_SECRET = gettext_noop(
    "The signing key was encrypted under another SECRET_KEY: put that one into SECRET_KEY_FALLBACKS, or run "
    "`manage.py rotate_keys`."
)
phrases.register(NO_KEY, OTHER_SECRET)

BITS = 2048


class KeyUnavailableError(Exception):
    """There is no key to sign with; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public part in PEM; the private one as `cryptography` has it, which PyJWT signs with."""

    public: str
    private: Any = field(repr=False)


def make() -> Key:
    pair = JWK.generate(kty="RSA", size=BITS)
    locked = pair.export_to_pem(private_key=True, password=_passphrase(settings.SECRET_KEY))
    return Key.objects.create(public_key=pair.export_to_pem().decode(), private_key=locked.decode())


def ensure() -> None:
    if not Key.objects.active().exists():
        make()


def newest() -> SigningKey:
    """Raises KeyUnavailableError."""
    key = Key.objects.active().order_by("datetime_created", "pk").last()
    if key is None:
        raise KeyUnavailableError(NO_KEY)
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return SigningKey(key.public_key, _unlocked(key.private_key, _passphrase(secret)))
        except ValueError:
            continue
    raise KeyUnavailableError(OTHER_SECRET)


@lru_cache(maxsize=8)
def _unlocked(pem: str, passphrase: bytes) -> Any:
    """Kept in memory: reading a key checks it, which takes longer than signing. Raises ValueError."""
    return JWK.from_pem(pem.encode(), password=passphrase).get_op_key("sign")


def _passphrase(secret: str | bytes) -> bytes:
    return salted_hmac("lti.keys", "private key", secret=secret, algorithm="sha256").hexdigest().encode()
