package web

import (
	"bytes"
	"strings"
)

// plainHead is the head of a request without a body, as bytes from the network have
// it; see [readHead].
type plainHead struct {
	length int // bytes, the empty line at its end included; 0 is no such head, or not yet whole
	quick  bool
	path   string
	query  string // as it stands, "" without one
	gzip   bool   // the answer may be compressed
}

// readHead reads the head that b begins with. before is what has been taken from in
// front of it, a byte or nothing. It is stricter than net/http, which is to read all
// that has no length here: what has one ends where net/http sees its end too, and has
// no body. quick are those of GET whose path, query and header have nothing but what
// means here what it means there; a test holds the two together.
func readHead(before, b []byte) (h plainHead) {
	rest, get, ok := cutMethod(before, b)
	if !ok {
		return plainHead{}
	}
	target, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok {
		return plainHead{}
	}
	rest, ok = bytes.CutPrefix(rest, []byte("HTTP/1.1\r\n"))
	if !ok || !plainValue(target) {
		return plainHead{}
	}
	h.quick = get && len(before) == 0 && plainTarget(target)
	hosts, codings := 0, 0
	for {
		if bytes.HasPrefix(rest, []byte("\r\n")) {
			break
		}
		end := bytes.IndexByte(rest, '\n')
		if end < 1 || rest[end-1] != '\r' {
			return plainHead{}
		}
		name, value, found := bytes.Cut(rest[:end-1], []byte(":"))
		if !found || !plainName(name) || !plainValue(value) {
			return plainHead{}
		}
		value = bytes.Trim(value, " \t")
		switch kindOf(name) {
		case framing: // what follows the head is not the next request
			return plainHead{}
		case connection:
			if !bytes.EqualFold(value, []byte("keep-alive")) {
				return plainHead{}
			}
		case host:
			hosts++
			h.quick = h.quick && plainHost(value)
		case coding:
			codings++
			h.gzip = takesGzip(string(value))
		case harmless:
		default:
			h.quick = false
		}
		rest = rest[end+1:]
	}
	h.quick = h.quick && hosts == 1 && codings <= 1
	h.length = len(b) - len(rest) + len("\r\n")
	if h.quick {
		h.path, h.query, _ = strings.Cut(string(target), "?")
	}
	return h
}

// cutMethod takes GET or HEAD, and the space behind it, from b; see [readHead].
func cutMethod(before, b []byte) (rest []byte, get, ok bool) {
	for _, method := range [...]string{"GET ", "HEAD "} {
		if len(before) <= 1 && strings.HasPrefix(method, string(before)) && bytes.HasPrefix(b, []byte(method[len(before):])) {
			return b[len(method)-len(before):], method == "GET ", true
		}
	}
	return nil, false, false
}

// plainTarget tells whether a path and a query mean themselves: nothing in them is
// written as a number, and nothing has to be put right.
func plainTarget(target []byte) bool {
	for _, c := range target {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '/', c == '.', c == ',', c == '-', c == '_', c == '~', c == '@', c == '=', c == '&', c == '?':
		default:
			return false
		}
	}
	return len(target) > 0 && target[0] == '/'
}

func plainHost(value []byte) bool {
	for _, c := range value {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.', c == '-', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	return len(value) > 0
}

// plainName tells whether a name of the header is one (RFC 9110 §5.1), in letters, digits, - and _ alone.
func plainName(name []byte) bool {
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return len(name) > 0
}

// plainValue tells whether a text is ASCII without control characters but tabs.
func plainValue(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// lineKind is what a line of a header has to do with the answer.
type lineKind int

const (
	unknown lineKind = iota // net/http's, and its handlers'
	harmless
	framing // it says that a body follows, or another protocol
	connection
	host
	coding
)

// kindOf knows the lines that browsers, gateways and programs send with all requests.
func kindOf(name []byte) lineKind {
	var small [32]byte
	if len(name) > len(small) {
		return unknown
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		small[i] = c
	}
	switch text := small[:len(name)]; string(text) {
	case "host":
		return host
	case "accept-encoding":
		return coding
	case "connection":
		return connection
	case "content-length", "transfer-encoding", "expect", "upgrade", "trailer", "te", "http2-settings", "proxy-connection", "keep-alive":
		return framing
	case "user-agent", "accept", "accept-language", "referer", "origin", "dnt", "priority", "cache-control", "pragma", "cookie",
		"upgrade-insecure-requests", "save-data", "via", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port",
		"x-real-ip", "x-request-id":
		return harmless
	default:
		if bytes.HasPrefix(text, []byte("sec-fetch-")) || bytes.HasPrefix(text, []byte("sec-ch-")) {
			return harmless
		}
	}
	return unknown
}
