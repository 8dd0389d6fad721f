package gateway

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrKey reports that the key that tokens are sealed with is not there or is another one.
var ErrKey = errors.New("gateway: the sealing key is missing or is not the one that the tokens were sealed with")

// keyFile is the name of the key's file in a folder.
const keyFile = "gateway.key"

// keySize is that of AES-256, bytes.
const keySize = 32

// Seal keeps tokens closed. To check a signature the token itself is needed, so a
// hash of it will not do: it is stored encrypted (AES-256-GCM) in the database, and the
// key in a file beside it. A copy of the database alone opens none.
type Seal struct{ aead cipher.AEAD }

// OpenSeal reads the key in a folder. A key that isn't there is an [ErrKey].
func OpenSeal(folder string) (*Seal, error) {
	key, err := os.ReadFile(filepath.Join(folder, keyFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s in %s", ErrKey, keyFile, folder)
	}
	if err != nil {
		return nil, fmt.Errorf("gateway: reading the key: %w", err)
	}
	return newSeal(key)
}

// MakeSeal reads the key in a folder, and makes one where there is none. Several
// servers of one database need the same file.
func MakeSeal(folder string) (*Seal, error) {
	s, err := OpenSeal(folder)
	if !errors.Is(err, ErrKey) {
		return s, err
	}
	key := make([]byte, keySize)
	rand.Read(key) //nolint:errcheck // never fails; see its documentation
	if err := os.MkdirAll(folder, 0o711); err != nil {
		return nil, fmt.Errorf("gateway: making a key: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(folder, keyFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) { // another command was first
		return OpenSeal(folder)
	}
	if err != nil {
		return nil, fmt.Errorf("gateway: making a key: %w", err)
	}
	_, err = file.Write(key)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("gateway: making a key: %w", err)
	}
	return newSeal(key)
}

func newSeal(key []byte) (*Seal, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("%w: it has %d bytes, not %d", ErrKey, len(key), keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return &Seal{aead}, nil
}

// close encrypts a token for one system: it opens for no other.
func (s *Seal) close(system, token string) []byte {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(rand.Reader, nonce); err != nil {
		panic(err) // never fails; see crypto/rand
	}
	return s.aead.Seal(nonce, nonce, []byte(token), []byte(system))
}

func (s *Seal) open(system string, sealed []byte) (string, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return "", ErrKey
	}
	token, err := s.aead.Open(nil, sealed[:n], sealed[n:], []byte(system))
	if err != nil {
		return "", fmt.Errorf("%w: the token of %s can't be opened", ErrKey, system)
	}
	return string(token), nil
}
