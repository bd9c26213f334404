"""How the database would go about a query if there were much to go through.

Plans follow from statistics, and those of a test database tell of whatever an earlier test or the
autovacuum has left there: a test that looks at a plan says first what it is to be made for.
"""

from django.db import connection


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def pretend_much(*ways_shut: str) -> None:
    """Until the test rolls back, tables that hold a row count as large and of unknown content,
    empty ones as new; `ways_shut` are kinds of steps to avoid: seqscan, bitmapscan, sort.

    Catalogues are written to, which takes a superuser. The locks keep the autovacuum from
    counting again meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        (tables,) = cursor.fetchone() or ("",)
        cursor.execute(f"LOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE")
        cursor.execute(
            "UPDATE pg_class SET relpages = 1,"
            " reltuples = CASE WHEN pg_relation_size(oid) > 0 THEN 1000000 ELSE -1 END"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        cursor.execute(
            "DELETE FROM pg_statistic USING pg_class"
            " WHERE starelid = oid AND relnamespace = 'public'::regnamespace"
        )
        for way in ways_shut:
            cursor.execute(f"SET LOCAL enable_{way} = off")
