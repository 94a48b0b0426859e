//! queue, writer, rollups, queries, retention
