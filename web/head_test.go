package web

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Each of these, lines ended as they are here, is known as far as it says.
var heads = map[string]struct {
	text         string
	known, quick bool
	gzip         bool
	path, query  string
	behind       string // what stands behind the head
	takenInFront int    // of the text, by net/http
}{
	"a browser's request": {text: "GET /tiles/a,b/1/2/3.mvt?v=0a HTTP/1.1\r\nHost: map.example:8080\r\nUser-Agent: Mozilla/5.0 (X11; 1)\r\nsec-ch-ua: \"Chromium\";v=\"1\"\r\nAccept-Encoding: gzip, deflate, br\r\n" +
		"Sec-Fetch-Mode: cors\r\nReferer: http://map.example/#1/2\r\nConnection: keep-alive\r\n\r\n", known: true, quick: true, gzip: true, path: "/tiles/a,b/1/2/3.mvt", query: "v=0a"},
	"the shortest":            {text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", known: true, quick: true, path: "/"},
	"two at once":             {text: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", behind: "GET /b HTTP/1.1\r\nHost: a\r\n\r\n", known: true, quick: true, path: "/a"},
	"compression refused":     {text: "GET /a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0\r\n\r\n", known: true, quick: true, path: "/a"},
	"a HEAD":                  {text: "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n", known: true},
	"a token":                 {text: "GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n", known: true},
	"a gateway's signature":   {text: "GET /a HTTP/1.1\r\nHost: a\r\nX-Tif-Signature: x\r\n\r\n", known: true},
	"a validator":             {text: "GET /a HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\"\r\n\r\n", known: true},
	"a range":                 {text: "GET /a HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n", known: true},
	"no host":                 {text: "GET /a HTTP/1.1\r\n\r\n", known: true},
	"two hosts":               {text: "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", known: true},
	"two lists of codings":    {text: "GET /a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\nAccept-Encoding: gzip\r\n\r\n", known: true, gzip: true},
	"a number in the path":    {text: "GET /%61 HTTP/1.1\r\nHost: a\r\n\r\n", known: true},
	"a whole address":         {text: "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", known: true},
	"the second byte":         {text: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", takenInFront: 1, known: true},
	"the third byte":          {text: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", takenInFront: 2},
	"a body":                  {text: "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", behind: "abc"},
	"an empty body":           {text: "GET /a HTTP/1.1\r\nHost: a\r\ncontent-length: 0\r\n\r\n"},
	"a body in pieces":        {text: "GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", behind: "0\r\n\r\n"},
	"a POST":                  {text: "POST /a HTTP/1.1\r\nHost: a\r\n\r\n"},
	"another protocol":        {text: "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
	"the last on this line":   {text: "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
	"an expectation":          {text: "GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"},
	"the protocol of 1996":    {text: "GET /a HTTP/1.0\r\nHost: a\r\n\r\n"},
	"not the whole head":      {text: "GET /a HTTP/1.1\r\nHost: a\r\n"},
	"not the whole line":      {text: "GET /a HTTP/1.1\r\nHost: a\r"},
	"lines ended by LF alone": {text: "GET /a HTTP/1.1\nHost: a\n\n"},
	"an LF inside":            {text: "GET /a HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"},
	"a CR inside":             {text: "GET /a HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"},
	"a line that goes on":     {text: "GET /a HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n"},
	"a space before a colon":  {text: "GET /a HTTP/1.1\r\nHost : a\r\n\r\n"},
	"a line without a name":   {text: "GET /a HTTP/1.1\r\nHost: a\r\n: c\r\n\r\n"},
	"a NUL":                   {text: "GET /a HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n"},
	"something before it":     {text: "\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n"},
	"nothing":                 {},
}

func TestAHeadIsReadAsFarAsItIsPlain(t *testing.T) {
	for sentence, one := range heads {
		got := readHead([]byte(one.text[:one.takenInFront]), []byte(one.text[one.takenInFront:]+one.behind))
		length := 0
		if one.known {
			length = len(one.text) - one.takenInFront
		}
		if got.length != length {
			t.Errorf("%s: %d bytes, want %d", sentence, got.length, length)
		}
		if length > 0 && (got.quick != one.quick || got.path != one.path || got.query != one.query || got.gzip != one.gzip) {
			t.Errorf("%s: %+v", sentence, got)
		}
		sameAsNetHTTP(t, []byte(one.text+one.behind))
	}
}

// sameAsNetHTTP holds that whatever is known of a head net/http knows too.
func sameAsNetHTTP(t *testing.T, b []byte) {
	t.Helper()
	got := readHead(nil, b)
	if got.length == 0 {
		return
	}
	rest := bytes.NewReader(b)
	in := bufio.NewReader(rest)
	r, err := http.ReadRequest(in)
	if err != nil {
		if got.quick {
			t.Errorf("%q: is answered, and net/http says %v", b, err)
		}
		return // it refuses the request, and closes the connection
	}
	if length := len(b) - rest.Len() - in.Buffered(); length != got.length {
		t.Errorf("%q: %d bytes, for net/http %d", b, got.length, length)
	}
	if body, err := io.ReadAll(r.Body); len(body) > 0 || err != nil || r.ContentLength != 0 || len(r.TransferEncoding) > 0 || r.Close {
		t.Errorf("%q: for net/http it has a body, or is the last", b)
	}
	if !got.quick {
		return
	}
	if r.Method != http.MethodGet || r.URL.Path != got.path || r.URL.EscapedPath() != got.path || r.URL.RawQuery != got.query || r.URL.IsAbs() || r.Host == "" || acceptsGzip(r) != got.gzip {
		t.Errorf("%q: %+v, for net/http %s %s", b, got, r.Method, r.URL)
	}
	for _, name := range []string{"Authorization", "If-None-Match", "Range", "Expect", "Upgrade"} {
		if r.Header.Get(name) != "" {
			t.Errorf("%q: %s is not heeded", b, name)
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(strings.ToLower(name), "x-tif-") {
			t.Errorf("%q: %s is not heeded", b, name)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	for _, one := range heads {
		f.Add([]byte(one.text + one.behind))
	}
	f.Fuzz(func(t *testing.T, b []byte) { sameAsNetHTTP(t, b) })
}
