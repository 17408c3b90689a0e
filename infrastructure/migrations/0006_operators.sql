-- What operators did: the intent is written before the act, what came of it after. `subject` names what was
-- decided about where a registration is too coarse (an attachment); `reason` is the operator's own words.
ALTER TABLE audit ADD COLUMN subject text, ADD COLUMN outcome text;
CREATE INDEX audit_by_registration ON audit (registration_id, at);
