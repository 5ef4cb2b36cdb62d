"""Plans and their batches, holds and restrictions, suppression, and the ledger's end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ledger_heads',
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('row_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_ledger_heads'))
    )
    op.create_table('holds',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('system', sa.String(length=40), nullable=False),
    sa.Column('dataset', sa.String(length=40), nullable=False),
    sa.Column('how', sa.String(length=10), nullable=False),
    sa.Column('why', sa.String(length=40), nullable=False),
    sa.Column('ref_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('data_key_id', sa.String(length=32), nullable=True),
    sa.Column('blob', sa.String(length=200), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ending', sa.String(length=20), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['data_key_id'], ['data_keys.id'], name=op.f('fk_holds_data_key_id_data_keys')),
    sa.ForeignKeyConstraint(['request_id'], ['subject_requests.id'], name=op.f('fk_holds_request_id_subject_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holds')),
    sa.UniqueConstraint('request_id', 'system', 'dataset', name='uq_holds_dataset')
    )
    op.create_index('ix_holds_due', 'holds', ['outcome', 'next_at'], unique=False)
    op.create_index('ix_holds_living', 'holds', ['request_id'], unique=False, sqlite_where=sa.text("ending = ''"), postgresql_where=sa.text("ending = ''"))
    op.create_index(op.f('ix_holds_request_id'), 'holds', ['request_id'], unique=False)
    op.create_table('suppressions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('practice', sa.String(length=40), nullable=False),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('hashed', sa.LargeBinary(length=16), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['subject_requests.id'], name=op.f('fk_suppressions_request_id_subject_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppressions'))
    )
    op.create_index('ix_suppressions_asked', 'suppressions', ['purpose', 'hashed'], unique=False)
    op.create_index(op.f('ix_suppressions_request_id'), 'suppressions', ['request_id'], unique=False)
    op.create_table('plans',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('item_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('seen_digest', sa.String(length=64), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('made_by', sa.String(length=32), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', sa.String(length=32), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approval_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cool_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_how', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['approved_by'], ['staff.id'], name=op.f('fk_plans_approved_by_staff')),
    sa.ForeignKeyConstraint(['item_id'], ['request_items.id'], name=op.f('fk_plans_item_id_request_items')),
    sa.ForeignKeyConstraint(['made_by'], ['staff.id'], name=op.f('fk_plans_made_by_staff')),
    sa.ForeignKeyConstraint(['request_id'], ['subject_requests.id'], name=op.f('fk_plans_request_id_subject_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans')),
    sa.UniqueConstraint('item_id', 'number', name='uq_plans_number')
    )
    op.create_index(op.f('ix_plans_item_id'), 'plans', ['item_id'], unique=False)
    op.create_index(op.f('ix_plans_request_id'), 'plans', ['request_id'], unique=False)
    op.create_table('batches',
    sa.Column('plan_id', sa.String(length=32), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('item_id', sa.String(length=32), nullable=False),
    sa.Column('practice', sa.String(length=40), nullable=False),
    sa.Column('system', sa.String(length=40), nullable=False),
    sa.Column('dataset', sa.String(length=40), nullable=False),
    sa.Column('verb', sa.String(length=20), nullable=False),
    sa.Column('phase', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('refs_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('detail_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('acting_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('receipt_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('instruction', sa.String(length=500), nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('needs_person', sa.Boolean(), nullable=False),
    sa.Column('proof_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('accepted_by', sa.String(length=32), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['accepted_by'], ['staff.id'], name=op.f('fk_batches_accepted_by_staff')),
    sa.ForeignKeyConstraint(['item_id'], ['request_items.id'], name=op.f('fk_batches_item_id_request_items')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_batches_plan_id_plans')),
    sa.ForeignKeyConstraint(['request_id'], ['subject_requests.id'], name=op.f('fk_batches_request_id_subject_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batches')),
    sa.UniqueConstraint('plan_id', 'phase', 'number', name='uq_batches_place')
    )
    op.create_index('ix_batches_due', 'batches', ['outcome', 'next_at'], unique=False)
    op.create_index(op.f('ix_batches_plan_id'), 'batches', ['plan_id'], unique=False)
    op.create_index(op.f('ix_batches_request_id'), 'batches', ['request_id'], unique=False)
    op.create_table('restrictions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('practice', sa.String(length=40), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('item_id', sa.String(length=32), nullable=False),
    sa.Column('plan_id', sa.String(length=32), nullable=False),
    sa.Column('ground', sa.String(length=40), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifting_plan_id', sa.String(length=32), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['item_id'], ['request_items.id'], name=op.f('fk_restrictions_item_id_request_items')),
    sa.ForeignKeyConstraint(['lifting_plan_id'], ['plans.id'], name=op.f('fk_restrictions_lifting_plan_id_plans')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_restrictions_plan_id_plans')),
    sa.ForeignKeyConstraint(['request_id'], ['subject_requests.id'], name=op.f('fk_restrictions_request_id_subject_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_restrictions'))
    )
    op.create_index(op.f('ix_restrictions_practice'), 'restrictions', ['practice'], unique=False)
    op.create_index(op.f('ix_restrictions_request_id'), 'restrictions', ['request_id'], unique=False)
    op.create_table('processor_tasks',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('practice', sa.String(length=40), nullable=False),
    sa.Column('system', sa.String(length=40), nullable=False),
    sa.Column('batch_id', sa.String(length=32), nullable=True),
    sa.Column('step_id', sa.String(length=32), nullable=True),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminders', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_processor_tasks_batch_id_batches')),
    sa.ForeignKeyConstraint(['request_id'], ['subject_requests.id'], name=op.f('fk_processor_tasks_request_id_subject_requests')),
    sa.ForeignKeyConstraint(['step_id'], ['steps.id'], name=op.f('fk_processor_tasks_step_id_steps')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_processor_tasks')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_processor_tasks_token_hash'))
    )
    op.create_index(op.f('ix_processor_tasks_batch_id'), 'processor_tasks', ['batch_id'], unique=False)
    op.create_index(op.f('ix_processor_tasks_request_id'), 'processor_tasks', ['request_id'], unique=False)
    op.create_index(op.f('ix_processor_tasks_step_id'), 'processor_tasks', ['step_id'], unique=False)
    op.add_column('request_items', sa.Column('part', sa.String(length=20), server_default='', nullable=False))
    op.add_column('request_items', sa.Column('wish_sealed', sa.LargeBinary(), nullable=True))
    op.add_column('steps', sa.Column('item_id', sa.String(length=32), nullable=True))
    op.add_column('data_keys', sa.Column('share_at', sa.BigInteger(), nullable=True))
    doomed = sa.text('destroyed_at IS NOT NULL AND wrapped IS NOT NULL')
    op.create_index('ix_data_keys_doomed', 'data_keys', ['id'], unique=False, sqlite_where=doomed, postgresql_where=doomed)


def downgrade() -> None:
    op.drop_index('ix_data_keys_doomed', table_name='data_keys')
    op.drop_column('data_keys', 'share_at')
    op.drop_column('steps', 'item_id')
    op.drop_column('request_items', 'wish_sealed')
    op.drop_column('request_items', 'part')
    op.drop_index(op.f('ix_processor_tasks_step_id'), table_name='processor_tasks')
    op.drop_index(op.f('ix_processor_tasks_request_id'), table_name='processor_tasks')
    op.drop_index(op.f('ix_processor_tasks_batch_id'), table_name='processor_tasks')
    op.drop_table('processor_tasks')
    op.drop_index(op.f('ix_restrictions_request_id'), table_name='restrictions')
    op.drop_index(op.f('ix_restrictions_practice'), table_name='restrictions')
    op.drop_table('restrictions')
    op.drop_index(op.f('ix_batches_request_id'), table_name='batches')
    op.drop_index(op.f('ix_batches_plan_id'), table_name='batches')
    op.drop_index('ix_batches_due', table_name='batches')
    op.drop_table('batches')
    op.drop_index(op.f('ix_plans_request_id'), table_name='plans')
    op.drop_index(op.f('ix_plans_item_id'), table_name='plans')
    op.drop_table('plans')
    op.drop_index(op.f('ix_suppressions_request_id'), table_name='suppressions')
    op.drop_index('ix_suppressions_asked', table_name='suppressions')
    op.drop_table('suppressions')
    op.drop_index(op.f('ix_holds_request_id'), table_name='holds')
    op.drop_table('holds')
    op.drop_table('ledger_heads')
