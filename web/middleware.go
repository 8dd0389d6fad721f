package web

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"onemap/access"
	"onemap/products/gateway"
)

// requestID returns the number under which a request is logged and answered. It
// stands in the answer's header: to carry it in the request's context would cost a
// copy of the request.
func requestID(w http.ResponseWriter) string { return w.Header().Get("X-Request-Id") }

// numbers gives each request one of its own: eight hexadecimal digits for the
// process, chosen by chance when it starts, and eight that count. Nobody's right
// hangs on it, so it may be guessed.
type numbers struct {
	process uint32
	count   atomic.Uint32
}

func newNumbers() *numbers {
	var b [4]byte
	rand.Read(b[:]) //nolint:errcheck // never fails; see its documentation
	return &numbers{process: binary.BigEndian.Uint32(b[:])}
}

func (n *numbers) next() string {
	var b [8]byte
	binary.BigEndian.PutUint32(b[:4], n.process)
	binary.BigEndian.PutUint32(b[4:], n.count.Add(1))
	var text [16]byte
	hex.Encode(text[:], b[:])
	return string(text[:])
}

// contentPolicy lets the page load from its own origin alone.
const contentPolicy = "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; connect-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'"

// guard is a header that every answer has, with its one value.
type guard struct {
	name  string // as net/http spells it
	value []string
}

// guards are made once: a header that is set anew for each request is copied for each.
func guards() []guard {
	return []guard{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Referrer-Policy", []string{"same-origin"}},
		{"Content-Security-Policy", []string{contentPolicy}},
	}
}

// wrap puts round every request what all of them need.
func (s *server) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Request-Id", s.numbers.next())
		for _, g := range s.guards {
			h[g.name] = g.value
		}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				writeProblem(w, r, fmt.Errorf("web: panic: %v\n%s", p, debug.Stack()))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// serve runs a route: who asks, whether they may, how long it may take, and
// what to answer when it fails.
func (s *server) serve(one route) http.Handler {
	succeeded := s.Metrics.succeeded(one)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK, packers: &s.packers}
		if err := s.answer(recorder, r, one); err != nil {
			drain(recorder, r)
			writeProblem(recorder, r, err)
		}
		s.record(r.Context(), one, succeeded, outcome{r.Method, r.URL.Path, requestID(w), recorder.status, recorder.bytes, time.Since(start)})
	})
}

// outcome is what became of a request.
type outcome struct {
	method, path, id string
	status           int
	bytes            int64 // of the answer's body
	elapsed          time.Duration
}

// record counts a request, and logs those that change something, fail or are slow.
func (s *server) record(ctx context.Context, one route, succeeded func() prometheus.Observer, o outcome) {
	if o.status == http.StatusOK && o.method == one.method {
		succeeded().Observe(o.elapsed.Seconds())
	} else {
		s.Metrics.request(one.path, o.method, o.status, o.elapsed.Seconds())
	}
	if one.method == http.MethodPost || o.status >= 500 || o.elapsed > 5*time.Second {
		slog.InfoContext(ctx, "request", "request_id", o.id, "method", o.method, "route", one.path,
			"path", o.path, "status", o.status, "bytes", o.bytes, "milliseconds", o.elapsed.Milliseconds())
	}
}

// What is read of a body that was refused.
const (
	mostDrained  = 64 << 20 // bytes
	longestDrain = 10 * time.Second
)

// drain reads what is left of the body of a request that is refused: a connection
// closed with bytes unread is reset, and who is still sending would never see the
// answer. Who asked first whether to send (Expect: 100-continue) reads it anyway.
func drain(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 1 || r.Body == nil || r.Body == http.NoBody || r.Header.Get("Expect") != "" {
		return
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(longestDrain)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, mostDrained) // if it can't be read the connection is reset, as without this
	_ = control.SetReadDeadline(time.Time{})         // it could be set before
}

func (s *server) answer(w http.ResponseWriter, r *http.Request, one route) error {
	if strings.ContainsRune(r.URL.Path, 0) || !utf8.ValidString(r.URL.Path) {
		return &paramError{"(path)", r.URL.Path, "应为 UTF-8 文字，不得含空字符", "must be a text in UTF-8 without NUL"}
	}
	ctx := r.Context()
	if !one.long {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.config.QueryTimeout)
		defer cancel()
	}
	principal, err := s.principal(ctx, r)
	if err != nil {
		return err
	}
	ctx = access.With(ctx, principal)
	if err := access.Require(ctx, one.right); err != nil {
		return err
	}
	err = one.handle(w, r.WithContext(ctx))
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) { // the database says only that it was stopped
		err = errors.Join(err, context.DeadlineExceeded)
	}
	return err
}

// principal tells who asks. A request that shows a wrong token is refused
// rather than served as anybody's: its sender believes to be somebody.
func (s *server) principal(ctx context.Context, r *http.Request) (access.Principal, error) {
	header := r.Header.Get("Authorization")
	if signed, is := gateway.Read(r.Header.Get); is {
		if header != "" || s.Services.Gateway == nil {
			return access.Principal{}, gateway.ErrSignature // of two, nobody knows which is meant
		}
		return s.Services.Gateway.Principal(ctx, signed)
	}
	if header == "" {
		if key := serviceKey(r); key != "" {
			return s.Tokens.Principal(ctx, key)
		}
		return access.Anonymous(), nil
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return access.Principal{}, access.ErrUnknownToken
	}
	return s.Tokens.Principal(ctx, strings.TrimSpace(secret))
}

// statusRecorder remembers what was answered.
type statusRecorder struct {
	http.ResponseWriter
	packers *packers // that answers may use
	status  int
	bytes   int64
}

func (w *statusRecorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
