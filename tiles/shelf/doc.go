// Package shelf is the second level of the cache of live tiles: a folder or a
// Redis that outlives the server.
//
// It stands behind the memory of tiles.Cache and uses the caches of tegola,
// inside a wrapping that keeps their faults away: a key is a hash, so that no
// name leaves the folder; a value carries its checksum, so that half a file is no
// tile; a folder belongs to one server at a time, because two would write the
// same temporary file; what is old is removed; and whoever waits for it waits
// for a fraction of a second at most. It knows no tiles, only bytes.
package shelf
