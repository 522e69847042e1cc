"""Callers: accounts of each kind, their access tokens, and the addresses that they call from."""

import hashlib
import hmac
import itertools
import os
import threading
import time

import requests
import requests.sessions
from requests.adapters import HTTPAdapter

# Requests that revoke or lock the credentials that they use. Each caller makes them with spare accounts.
ENDING = ("logout", "two-factor", "deletion-request", "PUT /api/users", "DELETE /api/users/{id}/sessions")
# Requests that are counted by address.
COUNTED = ("POST /api/users/register", "POST /api/users/forgot-password", "POST /api/sessions/login", "POST /api/users/reset-password")

# The request that another system sends and signs.
SIGNED = "POST /api/webhooks/stripe"


# Sign-ins are counted by address as well. Each uses a different one, also for concurrent sign-ins; the randomness here is the same for every generated case.
sign_ins = itertools.count(os.getpid() * 997)


class Account:
    """An account that can sign in repeatedly."""

    def __init__(self, url, email, password, ids=None):
        self.url, self.email, self.password, self.id = url, email, password, ids
        self.token = None
        self.lost = False

    def bearer(self):
        """An access token that is believed to be valid; None when the account can no longer sign in."""
        if self.token is None and not self.lost:
            number = next(sign_ins) % 62_500
            with requests.Session() as session, elsewhere(f"127.1.{number // 250 + 1}.{number % 250 + 1}"):
                answer = session.post(
                    f"{self.url}/api/sessions/login",
                    json={"email": self.email, "password": self.password, "cancelDeletion": True},
                    timeout=30,
                )
            if answer.status_code == 200:
                self.token = answer.json()["accessToken"]
            # Other failures, such as a busy machine, are temporary.
            elif answer.status_code in (401, 403):
                self.lost = True
        return self.token


class Caller:
    """A kind of caller: an account for most requests, and spare ones for requests that end accounts."""

    def __init__(self, kind, accounts):
        self.kind = kind
        self.accounts = accounts

    def account(self, label):
        if not self.accounts:
            return None
        spare = self.accounts[1:] if any(part in label for part in ENDING) else self.accounts[:1]
        account = next((account for account in spare if account.bearer()), None)
        if account is None:
            raise RuntimeError(f"the accounts of the {self.kind} are used up; {label} was the last to ask for one")
        return account

    def refused(self, label, token):
        """The token no longer works; the account may."""
        for account in self.accounts:
            if account.token is not None and account.token == token:
                account.token = None

    def to_json(self):
        return {"kind": self.kind, "accounts": [[a.email, a.password, a.id] for a in self.accounts]}

    @classmethod
    def from_json(cls, url, told):
        return cls(told["kind"], [Account(url, *account) for account in told["accounts"]])


_address = threading.local()


class elsewhere:
    """Requests within it come from this loopback address, so that limits by address count each caller separately."""

    def __init__(self, address):
        self.address = address

    def __enter__(self):
        self.before = getattr(_address, "value", None)
        _address.value = self.address

    def __exit__(self, *_):
        _address.value = self.before


def call_from(address):
    """Requests from now on come from this loopback address."""
    _address.value = address


# A request with this signature is signed when it is sent, since its bytes are known only then.
TO_BE_SIGNED = "t=0,v1=to-be-signed"
_signs = {"secret": None}


def sign_with(secret):
    """The secret with which Stripe signs on this platform."""
    _signs["secret"] = secret


def sign(request):
    if request.headers.get("Stripe-Signature") != TO_BE_SIGNED or _signs["secret"] is None:
        return
    body = request.body or b""
    now = int(time.time())
    signed = f"{now}.".encode() + (body.encode() if isinstance(body, str) else body)
    request.headers["Stripe-Signature"] = f"t={now},v1={hmac.new(_signs['secret'].encode(), signed, hashlib.sha256).hexdigest()}"


class FromAnywhere(HTTPAdapter):
    """An adapter that has a pool of connections per address of ours."""

    def init_poolmanager(self, connections, maxsize, block=False, **kwargs):
        self.pools = {}
        super().init_poolmanager(connections, maxsize, block, **kwargs)

    def send(self, request, **how):
        sign(request)
        return super().send(request, **how)

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        address = getattr(_address, "value", None)
        if address is None:
            return super().get_connection_with_tls_context(request, verify, proxies, cert)
        if address not in self.pools:
            if len(self.pools) > 8:
                self.pools.pop(next(iter(self.pools))).poolmanager.clear()
            adapter = HTTPAdapter()
            adapter.poolmanager.connection_pool_kw["source_address"] = (address, 0)
            self.pools[address] = adapter
        return self.pools[address].get_connection_with_tls_context(request, verify, proxies, cert)


requests.sessions.HTTPAdapter = FromAnywhere
