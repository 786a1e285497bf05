"""Browsers for tests of the dashboard: a client with a session of a user with a role and labels."""

from typing import Any

PASSWORD = "correct horse battery staple"


def user(app: Any, name: str, role: str, labels: str | None = None) -> str:
    """Add a user; the user's id."""
    from serving.accounts.users import add_user

    scope = None if labels is None else frozenset(labels.split(","))
    with app.state.services.database.write() as con:
        return add_user(con, name, role, scope, PASSWORD)


def browser(app: Any) -> Any:
    """A client that keeps cookies and follows nothing by itself, as a same-origin page sends."""
    from fastapi.testclient import TestClient

    headers = {"Sec-Fetch-Site": "same-origin"}
    return TestClient(app, headers=headers, follow_redirects=False, raise_server_exceptions=False)


def logged_in(app: Any, role: str = "analyst", labels: str | None = None) -> Any:
    """A browser whose user has logged in."""
    name = f"{role} of {labels}"
    user(app, name, role, labels)
    client = browser(app)
    answer = client.post("/login", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client
