"""The database itself refuses to change or delete an entry, whoever asks and however.

Only whoever owns the table can empty it as a whole, or take the trigger away; what the platform
does and what staff do never needs either.
"""

from django.db import migrations

_FUNCTION = """
CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The trail only grows: % of audit_entry is refused.', TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'Write a new entry that says what is wrong with the old one.';
END
$$
"""
# Once per statement: inserting, which is all that happens, costs nothing more.
_TRIGGER = """
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays()
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_reads_of_the_back_office")]

    operations = [
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION audit_entry_stays()"),
        migrations.RunSQL(_TRIGGER, "DROP TRIGGER audit_entry_stays ON audit_entry"),
    ]
