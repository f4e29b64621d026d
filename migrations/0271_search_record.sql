-- Ids are unique over all kinds: whoever may read a record besides its own organisation is joined by its id alone.
ALTER TABLE search_docs
  DROP KEY IF EXISTS uq_search_docs_record,
  ADD UNIQUE KEY IF NOT EXISTS uq_search_docs_id (record_id, kind);
