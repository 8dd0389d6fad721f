// Package postgis is the door to the database: it opens pools, migrates the
// schema, and runs the private PostgreSQL + PostGIS cluster of an installation
// that was not given a database of its own.
//
// Every package that stores or reads something comes through here; what is
// stored is decided by them (see layers). Tests get databases of their own
// from the package postgistest.
package postgis
