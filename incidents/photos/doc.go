// Package photos turns a picture that came from outside into one that can be
// shown: it looks at what the bytes are, refuses what is too large or broken,
// turns it upright, and writes it anew as JPEG without any metadata, with a
// thumbnail.
//
// incidents keeps what it makes. It stores nothing and knows nothing of incidents.
package photos
