"""One URL per outside service; a wrong one stops the start."""

import pytest

from config.env import BadEnvironment
from config.service_urls import database_from_url, mail_from_url, s3_from_url


def test_database_with_everything():
    found = database_from_url("postgresql://us%40er:p%2Fw@db:6432/na%20me?sslmode=require", 4)
    assert (found["USER"], found["PASSWORD"]) == ("us@er", "p/w")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db", "6432", "na me")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["pool"]["max_size"] == 4


def test_database_that_falls_silent_is_given_up():
    found = database_from_url("postgresql://me@db/app?tcp_user_timeout=5000", 0)["OPTIONS"]
    assert found["tcp_user_timeout"] == "5000"
    assert found["keepalives_idle"] + found["keepalives_interval"] * found["keepalives_count"] <= 20


def test_database_by_socket_and_without_pool():
    found = database_from_url("postgresql://me@/app?host=/run/pg", 0)
    assert (found["HOST"], found["PORT"]) == ("/run/pg", "")
    assert "pool" not in found["OPTIONS"]


@pytest.mark.parametrize("url", ["sqlite:///db", "mysql://h/d", "postgresql://h:port/d"])
def test_other_databases_are_refused(url: str):
    with pytest.raises(BadEnvironment, match="DATABASE_URL"):
        database_from_url(url, 0)


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail", 25, False, False),
        ("smtp://me:secret@mail", 587, True, False),
        ("smtps://me:secret@mail", 465, False, True),
        ("smtp://me:secret@mail:2525", 2525, True, False),
    ],
)
def test_mail(url: str, port: int, starttls: bool, tls: bool):
    found = mail_from_url(url)
    assert found["EMAIL_HOST"] == "mail"
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (
        port,
        starttls,
        tls,
    )


def test_mail_to_the_log_is_the_default_form():
    assert mail_from_url("console:")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail", "smtp://"])
def test_other_mail_addresses_are_refused(url: str):
    with pytest.raises(BadEnvironment, match="COUNTERMARK_EMAIL_URL"):
        mail_from_url(url)


def test_no_bucket_is_the_default():
    assert s3_from_url("", access_key="", secret_key="") == {}


def test_a_bucket_at_amazon_by_the_role_of_the_machine():
    found = s3_from_url("s3://my-bucket?region=eu-central-1", access_key="", secret_key="")
    assert (found["bucket"], found["prefix"], found["endpoint"]) == ("my-bucket", "", "")
    assert (found["region"], found["access_key"]) == ("eu-central-1", "")


def test_a_bucket_elsewhere():
    url = "s3://blobs/one/two/?endpoint=https://s3.example:9000"
    found = s3_from_url(url, access_key="me", secret_key="pw/+")
    assert (found["prefix"], found["endpoint"]) == ("one/two/", "https://s3.example:9000")
    assert (found["access_key"], found["secret_key"]) == ("me", "pw/+")


@pytest.mark.parametrize(
    "url", ["file:///a", "s3:///x", "s3://b?endpoint=ftp://h", "s3://b?regoin=x", "https://b/x"]
)
def test_other_stores_are_refused(url: str):
    with pytest.raises(BadEnvironment, match="COUNTERMARK_BLOB_URL"):
        s3_from_url(url, access_key="", secret_key="")


@pytest.mark.parametrize("keys", [("me", ""), ("", "secret")])
def test_half_a_credential_is_refused(keys: tuple[str, str]):
    with pytest.raises(BadEnvironment, match="both"):
        s3_from_url("s3://b", access_key=keys[0], secret_key=keys[1])
