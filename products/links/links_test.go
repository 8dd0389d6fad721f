package links

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
)

func TestStatesComeBackByTheirNames(t *testing.T) {
	db := postgistest.DB(t)
	s := NewStore(db, 3)
	name, err := s.Save(t.Context(), "?layers=dltb#map=12/22.9/112")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[a-z2-7]{10}$`).MatchString(name) {
		t.Errorf("name %q", name)
	}
	if again, err := s.Save(t.Context(), "?layers=dltb#map=12/22.9/112"); err != nil || again != name {
		t.Errorf("the same state: %q, %v", again, err)
	}
	if state, err := s.Open(t.Context(), name); err != nil || state != "?layers=dltb#map=12/22.9/112" {
		t.Errorf("opened %q, %v", state, err)
	}
	if _, err := s.Open(t.Context(), "aaaaaaaaaa"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
}

func TestStatesAreBounded(t *testing.T) {
	s := NewStore(postgistest.DB(t), 3)
	for sentence, state := range map[string]string{"nothing": "", "too much": strings.Repeat("图", MaxState+1), "no text": "\xff", "a zero": "a\x00"} {
		if _, err := s.Save(t.Context(), state); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if _, err := s.Save(t.Context(), strings.Repeat("图", MaxState)); err != nil {
		t.Errorf("the longest: %v", err)
	}
	for _, state := range []string{"a", "b", "c", "d", "e"} {
		if _, err := s.Save(t.Context(), state); err != nil {
			t.Fatal(err)
		}
	}
	var kept int
	if err := s.db.QueryRow(t.Context(), "SELECT count(*) FROM catalogue.links").Scan(&kept); err != nil || kept != 3 {
		t.Errorf("%d are kept, %v", kept, err)
	}
}

func TestStatesThatBeginAlikeAreToldApart(t *testing.T) {
	db := postgistest.DB(t)
	s := NewStore(db, 10)
	name, err := s.Save(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	// Another state that has taken the beginning of this one's hash.
	if _, err := db.Exec(t.Context(), "UPDATE catalogue.links SET state = 'another' WHERE id = $1", name); err != nil {
		t.Fatal(err)
	}
	longer, err := s.Save(t.Context(), "one")
	if err != nil || len(longer) != 14 || !strings.HasPrefix(longer, name) {
		t.Errorf("got %q, %v", longer, err)
	}
	if state, err := s.Open(t.Context(), name); err != nil || state != "another" {
		t.Errorf("the first is %q, %v", state, err)
	}
}
