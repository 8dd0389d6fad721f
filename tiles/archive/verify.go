package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
)

// named is the hash in the name of an archive that [Writer.Finish] wrote.
var named = regexp.MustCompile(`-([0-9a-f]{16})\.pmtiles$`)

// VerifyName tells whether the bytes of the file are still those that it is named
// after. A name without a hash, as a copy may have, is not held against it.
func (a *Archive) VerifyName() error {
	found := named.FindStringSubmatch(filepath.Base(a.path))
	if found == nil {
		return nil
	}
	sum := sha256.Sum256(a.bytes)
	if got := hex.EncodeToString(sum[:8]); got != found[1] {
		return fmt.Errorf("%w: its bytes have the hash %s, its name says %s", ErrDamaged, got, found[1])
	}
	return nil
}
