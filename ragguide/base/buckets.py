"""A bucket's name in; its client out, and what the errors of clients mean.

    s3://bucket        Amazon S3, or a server with its protocol at AWS_ENDPOINT_URL
    gs://bucket        Google Cloud Storage
    az://container     Azure Blob Storage

Clients read credentials from the environment, from a container or from the machine's role. Their
own messages may name a key, so none of them is shown.
"""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from obstore.store import AzureStore, ClientConfig, GCSStore, RetryConfig, S3Config, S3Store

CONNECT_S = 5  # to wait for a connection
RETRY_S = 15  # for all attempts of one request
RETRIES = 3
NO_BUCKET = "there is no such bucket"


class Cause(NamedTuple):
    """What an error of a client means."""

    why: str
    fix: str
    is_down: bool  # the server may answer later


class _Reason(NamedTuple):
    signs: tuple[str, ...]  # in a message of a client
    why: str
    fix: str  # {keys}: the variables of credentials; {server}: what to check
    is_down: bool = False


_REASONS = (
    _Reason(("NoSuchBucket", "ContainerNotFound", "bucket does not exist"), NO_BUCKET,
            "Check its name"),
    _Reason(
        ("169.254.169.254", "metadata.google.internal", "CredentialsNotLoaded",
         "no providers in chain", "InvalidCredentials", "Account must be specified"),
        "there are no credentials", "Set {keys}, or a role", is_down=True,
    ),
    _Reason(
        ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
         "PermissionDenied", "Unauthenticated", "AuthenticationFailed", "AuthorizationFailure",
         "403 Forbidden", "401 Unauthorized", "status: 403"),
        "the server refuses these credentials", "Check {keys} and their rights",
    ),
    _Reason(("incorrectly configured region", "PermanentRedirect"),
            "it is in another region", "Set AWS_REGION"),
    _Reason(("timed out", "TimedOut", "operation timed out"), "no answer in time",
            "Check {server}", is_down=True),
    _Reason(
        ("Connection refused", "error sending request", "dns error", "ConnectError", "tcp connect",
         "connection closed", "connection reset", "HTTP error", "error: client error",
         "Server error", "500 Internal", "502 Bad", "503 Service", "504 Gateway"),
        "no connection", "Check {server}", is_down=True,
    ),
)  # fmt: skip
_KEYS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


def client_of(
    scheme: str, bucket: str, *, timeout_s: float, silence_s: float
) -> "S3Store | GCSStore | AzureStore":
    """Return the client of a bucket; it connects when it is used.

    Args:
        scheme: s3, gs or az.
        bucket: its name.
        timeout_s: for each request with its answer.
        silence_s: without a byte.

    Raises:
        ModuleNotFoundError: obstore is not installed.
        obstore.exceptions.BaseError: the environment lacks something.
    """
    from obstore import store

    client: ClientConfig = {
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "timeout": timedelta(seconds=timeout_s),
        "read_timeout": timedelta(seconds=silence_s),
    }
    retry: RetryConfig = {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_S)}
    if scheme == "gs":
        return store.GCSStore(bucket, client_options=client, retry_config=retry)
    if scheme == "az":
        return store.AzureStore(bucket, client_options=client, retry_config=retry)
    there = endpoint()
    client["allow_http"] = "allow_http" in there
    config: S3Config = {}
    if "aws_endpoint" in there:
        config["endpoint"] = there["aws_endpoint"]
    if "aws_region" in there:
        config["region"] = there["aws_region"]
    return store.S3Store(bucket, config=config, client_options=client, retry_config=retry)


def endpoint() -> dict[str, str]:
    """Return where another server than Amazon's is, as options of Lance and names of ours."""
    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if not address:
        return {}
    options = {"aws_endpoint": address}
    if address.startswith("http://"):
        options["allow_http"] = "true"
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return options | {"aws_region": region or "us-east-1"}


def cause_of(exc: Exception, scheme: str = "s3") -> Cause | None:
    """Return what an error of a client means; None: nothing known."""
    message = f"{type(exc).__name__} {exc}"
    server = "the server and AWS_ENDPOINT_URL" if scheme == "s3" else "the network"
    for reason in _REASONS:
        if any(sign in message for sign in reason.signs):
            fix = reason.fix.format(keys=_KEYS[scheme], server=server)
            return Cause(reason.why, fix, reason.is_down)
    return None
