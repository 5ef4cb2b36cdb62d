"""How each system bears our calls, and what the sweeper looks for by date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "system_paces",
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("crowded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_system_paces")),
    )
    op.create_index("ix_steps_in_hand", "steps", ["system", "lease_until"])
    op.create_index("ix_tallies_window", "tallies", ["window"])
    living = sa.text("destroyed_at IS NULL")
    op.create_index(
        "ix_packages_expiring",
        "packages",
        ["expires_at"],
        sqlite_where=living,
        postgresql_where=living,
    )


def downgrade() -> None:
    op.drop_index("ix_packages_expiring", "packages")
    op.drop_index("ix_tallies_window", "tallies")
    op.drop_index("ix_steps_in_hand", "steps")
    op.drop_table("system_paces")
