"""Make a role of Superset that sees the rows of some labels only, run by the Python of Superset's environment.

Reads JSON from standard input: role, clause (SQL over a row), datasets (names), and user with password, or null. A
second call gives the role these datasets and this clause in place of the former ones.
"""

import json
import sys
from typing import Any

from superset.app import create_app


def make(asked: dict[str, Any]) -> None:
    """The role with access to the datasets, its rule for all of them, and the user with it."""
    from superset import db, security_manager
    from superset.connectors.sqla.models import RowLevelSecurityFilter, SqlaTable

    tables = db.session.query(SqlaTable).filter(SqlaTable.table_name.in_(asked["datasets"])).all()
    if missing := set(asked["datasets"]) - {table.table_name for table in tables}:
        raise SystemExit(f"Superset has no dataset {', '.join(sorted(missing))}: import the bundle first")
    role = security_manager.add_role(asked["role"])
    role.permissions = [
        security_manager.add_permission_view_menu("datasource_access", table.get_perm()) for table in tables
    ]
    name = f"rows of {asked['role']}"
    rule = db.session.query(RowLevelSecurityFilter).filter_by(name=name).one_or_none()
    rule = rule or RowLevelSecurityFilter(name=name, filter_type="Regular")
    rule.clause, rule.tables, rule.roles = asked["clause"], tables, [role]
    db.session.add(rule)
    if (user := asked["user"]) and not security_manager.find_user(user["name"]):
        roles, mail = [security_manager.find_role("Gamma"), role], f"{user['name']}@localhost"
        if not security_manager.add_user(user["name"], user["name"], "-", mail, roles, password=user["password"]):
            raise SystemExit(f"Superset does not take the user {user['name']}")
    db.session.commit()


with create_app().app_context():
    make(json.load(sys.stdin))
