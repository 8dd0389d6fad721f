package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrSignature reports a signed call that is refused: the system is not known, the
// signature is wrong, the time is too far off, or the call came before. The message says
// which of time and repetition it was, which a sender may know, and no more.
var ErrSignature = errors.New("gateway: the signature is not accepted")

// The headers of a signed call, as net/http spells them.
const (
	HeaderSystem    = "X-Tif-Paasid"
	HeaderTimestamp = "X-Tif-Timestamp"
	HeaderNonce     = "X-Tif-Nonce"
	HeaderSignature = "X-Tif-Signature"
)

// MaxSkew is how far the clock of a caller may be from ours.
const MaxSkew = 5 * time.Minute

// Signed are the four headers.
type Signed struct {
	System    string
	Timestamp string // seconds since 1970
	Nonce     string
	Signature string // 64 hexadecimal digits
}

// Read takes the headers of a call. A call without any of the four is not ok; one
// with some of them is, and is refused later.
func Read(header func(name string) string) (Signed, bool) {
	s := Signed{header(HeaderSystem), header(HeaderTimestamp), header(HeaderNonce), header(HeaderSignature)}
	return s, s != Signed{}
}

// Lines are the headers as "name: value", as curl -H takes them.
func (s Signed) Lines() []string {
	return []string{
		strings.ToLower(HeaderSystem) + ": " + s.System, strings.ToLower(HeaderTimestamp) + ": " + s.Timestamp,
		strings.ToLower(HeaderNonce) + ": " + s.Nonce, strings.ToLower(HeaderSignature) + ": " + s.Signature,
	}
}

// Sign makes the headers of a call at a time, with a nonce of its own.
func Sign(system, token string, at time.Time) Signed {
	nonce := make([]byte, 16)
	rand.Read(nonce) //nolint:errcheck // never fails; see its documentation
	return signWith(system, token, hex.EncodeToString(nonce), at)
}

func signWith(system, token, nonce string, at time.Time) Signed {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	return Signed{system, timestamp, nonce, signature(timestamp, token, nonce)}
}

// signature is upper case, as in the gateways' samples.
func signature(timestamp, token, nonce string) string {
	sum := sha256.Sum256([]byte(timestamp + token + nonce + timestamp))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// time checks the form of the headers and the clock.
func (s Signed) time(now time.Time) (time.Time, error) {
	seconds, err := strconv.ParseInt(s.Timestamp, 10, 64)
	if err != nil || len(s.Timestamp) != 10 {
		return time.Time{}, fmt.Errorf("%w: %s must be the seconds since 1970, ten digits", ErrSignature, HeaderTimestamp)
	}
	if len(s.Nonce) < 8 || len(s.Nonce) > 64 || strings.Trim(s.Nonce, letters) != "" {
		return time.Time{}, fmt.Errorf("%w: %s must have 8 to 64 letters, digits, - or _", ErrSignature, HeaderNonce)
	}
	at := time.Unix(seconds, 0)
	if skew := now.Sub(at); skew > MaxSkew || skew < -MaxSkew {
		return time.Time{}, fmt.Errorf("%w: %s is more than %s from our clock", ErrSignature, HeaderTimestamp, MaxSkew)
	}
	return at, nil
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// matches compares in a time that does not depend on where they differ. Either case
// of digits is taken.
func (s Signed) matches(token string) bool {
	want := signature(s.Timestamp, token, s.Nonce)
	return subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToUpper(s.Signature))) == 1
}
