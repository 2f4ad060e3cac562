-- Whether a ticket is open. An export of closed tickets alone cannot tell: measures that ask for it have no data then.
-- table: tickets
-- needs: closed_at
-- is_open flag 未结
SELECT *, closed_at IS NULL AS is_open FROM {table}
