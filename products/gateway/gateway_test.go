package gateway

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onemap/access"
	"onemap/postgis/postgistest"
)

// The figure was made with coreutils: printf %s 1700000000tokentokentoken1abcdefgh1700000000 | sha256sum.
func TestTheSignatureIsThatOfTheScheme(t *testing.T) {
	got := signWith("yf1", "tokentokentoken1", "abcdefgh", time.Unix(1700000000, 0))
	want := Signed{"yf1", "1700000000", "abcdefgh", "93D6914A936FB5A5E433329B28C73DE4CC73BC01FFE1D093F58FD9C6E58733BA"}
	if got != want || len(got.Signature) != 64 || strings.ToUpper(got.Signature) != got.Signature {
		t.Errorf("%+v", got)
	}
	if !got.matches("tokentokentoken1") || got.matches("tokentokentoken2") {
		t.Error("a signature must match its own token only")
	}
}

func newSystems(t *testing.T) *Systems {
	t.Helper()
	seal, err := MakeSeal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return NewSystems(postgistest.DB(t), seal)
}

func TestASignedCallIsGoodOnce(t *testing.T) {
	systems := newSystems(t)
	operator := access.With(t.Context(), access.Operator("test"))
	id, token, err := systems.Add(operator, "", "一网统管", "", []access.Right{access.ReadPublic, access.ReadInternal})
	if err != nil || token == "" {
		t.Fatal(err)
	}
	call := Sign(id, token, time.Now())
	p, err := systems.Principal(t.Context(), call)
	if err != nil || p.Name != "system:一网统管" || !p.May(access.ReadInternal) || p.May(access.Publish) {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := systems.Principal(t.Context(), call); !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), "before") {
		t.Errorf("the same call again: %v", err)
	}
	now := time.Now()
	bad := Sign(id, token, now)
	bad.Signature = strings.Repeat("0", 64)
	short := Sign(id, token, now)
	short.Nonce = "1234567"
	for sentence, call := range map[string]Signed{
		"a wrong signature":       bad,
		"a clock that is late":    signWith(id, token, "late-late-late", now.Add(-MaxSkew-2*time.Second)),
		"a clock that is early":   signWith(id, token, "early-early-early", now.Add(MaxSkew+10*time.Second)),
		"an unknown system":       Sign("nobody", token, now),
		"another system's token":  Sign(id, token+"x", now),
		"a short nonce":           short,
		"a nonce with a quote":    signWith(id, token, "abcdefgh'--", now),
		"no time":                 {System: id, Nonce: "abcdefgh", Signature: bad.Signature},
		"nothing but a signature": {Signature: bad.Signature},
		"a time in milliseconds":  {System: id, Timestamp: "1700000000000", Nonce: "abcdefgh", Signature: bad.Signature},
	} {
		if _, err := systems.Principal(t.Context(), call); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	lower := Sign(id, token, now)
	lower.Signature = strings.ToLower(lower.Signature)
	if _, err := systems.Principal(t.Context(), lower); err != nil {
		t.Errorf("lower case: %v", err)
	}
	if err := systems.Revoke(operator, id); err != nil {
		t.Fatal(err)
	}
	if _, err := systems.Principal(t.Context(), Sign(id, token, now)); !errors.Is(err, ErrSignature) {
		t.Errorf("a revoked system: %v", err)
	}
	if err := systems.Revoke(operator, id); !errors.Is(err, ErrUnknownSystem) {
		t.Errorf("revoked twice: %v", err)
	}
}

func TestOfManyServersOneAcceptsACall(t *testing.T) {
	one := newSystems(t)
	operator := access.With(t.Context(), access.Operator("test"))
	id, token, err := one.Add(operator, "paas1", "a", "0123456789abcdef", []access.Right{access.ReadPublic})
	if err != nil || id != "paas1" || token != "0123456789abcdef" {
		t.Fatal(id, token, err)
	}
	other := NewSystems(one.db, one.seal)
	call := Sign(id, token, time.Now())
	var accepted sync.Map
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			if _, err := []*Systems{one, other}[i%2].Principal(t.Context(), call); err == nil {
				accepted.Store(i, true)
			} else if !errors.Is(err, ErrSignature) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	n := 0
	accepted.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("accepted %d times", n)
	}
}

func TestOldCallsAreForgotten(t *testing.T) {
	systems := newSystems(t)
	operator := access.With(t.Context(), access.Operator("test"))
	id, token, err := systems.Add(operator, "", "a", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := systems.Principal(t.Context(), Sign(id, token, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	later := time.Now().Add(time.Hour)
	systems.now = func() time.Time { return later }
	if _, err := systems.Principal(t.Context(), Sign(id, token, later)); err != nil {
		t.Fatal(err)
	}
	var kept int
	if err := systems.db.QueryRow(t.Context(), "SELECT count(*) FROM gateway.nonces").Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d calls are remembered, %v", kept, err)
	}
}

func TestTokensAreSealed(t *testing.T) {
	folder := t.TempDir()
	seal, err := MakeSeal(folder)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(folder, keyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	again, err := MakeSeal(folder)
	if err != nil {
		t.Fatal(err)
	}
	closed := seal.close("a", "secret-secret-secret")
	if strings.Contains(string(closed), "secret") {
		t.Error("the token can be read")
	}
	if token, err := again.open("a", closed); err != nil || token != "secret-secret-secret" {
		t.Errorf("%q, %v", token, err)
	}
	if _, err := again.open("b", closed); !errors.Is(err, ErrKey) {
		t.Errorf("opened for another system: %v", err)
	}
	other, err := MakeSeal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.open("a", closed); !errors.Is(err, ErrKey) {
		t.Errorf("opened with another key: %v", err)
	}
	if _, err := OpenSeal(t.TempDir()); !errors.Is(err, ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

func TestSystemsAreForAdministrators(t *testing.T) {
	systems := newSystems(t)
	reader := access.With(t.Context(), access.Anonymous())
	if _, _, err := systems.Add(reader, "", "a", "", nil); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("add: %v", err)
	}
	if _, err := systems.List(reader); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("list: %v", err)
	}
	if _, err := systems.Sign(reader, "a"); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("sign: %v", err)
	}
	operator := access.With(t.Context(), access.Operator("test"))
	for sentence, c := range map[string][3]string{
		"a short token": {"", "a", "short"}, "a name of blanks": {"", "  ", ""}, "an id with a slash": {"a/b", "a", ""}, "a token with a blank": {"", "a", "0123456789 abcdef"},
	} {
		if _, _, err := systems.Add(operator, c[0], c[1], c[2], nil); !errors.Is(err, ErrBadSystem) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if _, _, err := systems.Add(operator, "x", "a", "", nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := systems.Add(operator, "x", "b", "", nil); !errors.Is(err, ErrSystemExists) {
		t.Errorf("the same id: %v", err)
	}
	if list, err := systems.List(operator); err != nil || len(list) != 1 || list[0].Name != "a" {
		t.Errorf("%v, %v", list, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("yf1", "1700000000", "abcdefgh", strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, system, timestamp, nonce, sent string) {
		s, any := Read(func(name string) string {
			return map[string]string{HeaderSystem: system, HeaderTimestamp: timestamp, HeaderNonce: nonce, HeaderSignature: sent}[name]
		})
		if any != (system+timestamp+nonce+sent != "") {
			t.Errorf("%+v", s)
		}
		if at, err := s.time(time.Unix(1700000000, 0)); err == nil && at.Unix() < 1600000000 {
			t.Errorf("%v", at)
		}
		if s.matches("0123456789abcdef") && !strings.EqualFold(sent, signature(timestamp, "0123456789abcdef", nonce)) {
			t.Error("matched without the token")
		}
	})
}
