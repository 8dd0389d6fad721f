package packed_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"onemap/tiles/packed"
)

// unzip is what the standard library reads, which checks sum and size and
// refuses what is behind the member.
func unzip(t *testing.T, b []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnybodyReadsWhatIsPackedAndJoined(t *testing.T) {
	var pool packed.Pool
	texts := []string{"x", strings.Repeat("云浮一张图", 5000), "", "river", strings.Repeat("\x00\xff", 70_000)}
	var tiles [][]byte
	for _, text := range texts {
		tile := pool.Pack([]byte(text))
		if text == "" {
			if tile != nil {
				t.Error("an empty tile has bytes")
			}
		} else if got := unzip(t, tile); got != text {
			t.Errorf("%d bytes came back as %d", len(text), len(got))
		}
		tiles = append(tiles, tile)
	}
	joined, err := packed.Join(tiles...)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := unzip(t, joined), strings.Join(texts, ""); got != want {
		t.Errorf("%d bytes joined came back as %d", len(want), len(got))
	}
	again, err := packed.Join(joined, tiles[0])
	if err != nil || unzip(t, again) != strings.Join(texts, "")+"x" {
		t.Errorf("what is joined cannot be joined again: %v", err)
	}
	if got, err := packed.Unpack(joined, 1<<20); err != nil || string(got) != strings.Join(texts, "") {
		t.Errorf("Unpack: %d bytes, %v", len(got), err)
	}
}

func TestNothingJoinedIsNothing(t *testing.T) {
	if b, err := packed.Join(nil, nil); b != nil || err != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestWhatIsNotPackedIsRefused(t *testing.T) {
	var other bytes.Buffer
	w := gzip.NewWriter(&other)
	if _, err := w.Write([]byte("from elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for sentence, b := range map[string][]byte{"another gzip file": other.Bytes(), "a short one": {1, 2, 3}, "text": []byte(strings.Repeat("text", 20))} {
		if _, err := packed.Join(b); !errors.Is(err, packed.ErrNotPacked) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if _, err := packed.Unpack(packed.NewPacker().Pack(make([]byte, 1000)), 999); !errors.Is(err, packed.ErrNotPacked) {
		t.Errorf("a tile over the limit: %v", err)
	}
}
