from django.test import Client


def test_live_answers_without_database_or_broker(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
