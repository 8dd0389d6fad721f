package compliance

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/access"
	"onemap/layers"
	"onemap/spatial/overlay"
)

// ErrUnknownCheck reports a check that isn't there, or that somebody else asked.
var ErrUnknownCheck = errors.New("compliance: unknown check")

// RuleSetVersion names the rules of a check.
type RuleSetVersion struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Name    string `json:"name"`
	NameEN  string `json:"name_en"`
	Source  string `json:"source"`
}

// Repeat says how a check came out that was run again.
type Repeat struct {
	At         time.Time `json:"at"`
	AnswerHash string    `json:"answer_hash"`
	Same       bool      `json:"same"`
}

// Answer is a check: what was asked, by whom and when, and what was found.
type Answer struct {
	ID           string         `json:"id"`
	AskedAt      time.Time      `json:"asked_at"`
	AskedBy      string         `json:"asked_by"`
	Name         string         `json:"name"`
	Reason       string         `json:"reason"`
	RuleSet      RuleSetVersion `json:"rule_set"`
	Layers       []LayerVersion `json:"layers"`
	Synthetic    bool           `json:"synthetic"` // some layer holds demonstration data
	Input        Input          `json:"input"`
	QuestionHash string         `json:"question_hash"` // SHA-256 of red line, rules and versions
	AnswerHash   string         `json:"answer_hash"`   // SHA-256 of the result
	Result
	Repeated *Repeat `json:"repeated,omitempty"`
}

// Office makes checks and keeps them.
type Office struct {
	db    *pgxpool.Pool
	store *layers.Store
	rules Rules
}

// NewOffice checks by those rules.
func NewOffice(db *pgxpool.Pool, store *layers.Store, rules Rules) *Office {
	return &Office{db, store, rules}
}

// Rules are the sets that checks can be made by.
func (o *Office) Rules() Rules { return o.rules }

// Check checks a red line, and keeps the answer. It needs no right but those to
// read the layers: one that may not be read is not checked, which the answer says.
// The errors are those of [overlay.NewShape], [overlay.ErrTooMany],
// [ErrUnknownRuleSet] and [ErrRequest].
func (o *Office) Check(ctx context.Context, catalogue *layers.Catalogue, r Request) (Answer, []byte, error) {
	set, err := o.rules.Set(r.RuleSet)
	if err != nil {
		return Answer{}, nil, err
	}
	if err := r.check(); err != nil {
		return Answer{}, nil, err
	}
	var all orb.MultiPolygon
	for _, p := range r.Input.Plots {
		all = append(all, p.Shape...)
	}
	shape, err := overlay.NewShape(ctx, o.db, all)
	if err != nil {
		return Answer{}, nil, err
	}
	from, err := o.open(ctx, catalogue, set, r.At, nil)
	if err != nil {
		return Answer{}, nil, err
	}
	result, err := o.run(ctx, set, from, shape)
	if err != nil {
		return Answer{}, nil, err
	}
	a := Answer{
		ID: newID(), AskedAt: time.Now().UTC().Truncate(time.Microsecond), AskedBy: access.From(ctx).Name, Name: r.Name, Reason: r.Reason,
		RuleSet: RuleSetVersion{set.ID, set.Version, set.Name, set.NameEN, set.Source}, Layers: from.versions(), Input: r.described(shape), Result: result,
	}
	for _, l := range from.open {
		a.Synthetic = a.Synthetic || l.Published.Synthetic
	}
	if a.QuestionHash, err = hashOf(question{hex.EncodeToString(digest(shape.WKB())), set, o.rules.Land, a.Layers}); err != nil {
		return Answer{}, nil, err
	}
	if a.AnswerHash, err = hashOf(result); err != nil {
		return Answer{}, nil, err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return Answer{}, nil, fmt.Errorf("compliance: %w", err)
	}
	return a, text, o.keep(ctx, a, kept{set, o.rules.Land}, shape, text)
}

// question is what a result follows from.
type question struct {
	Redline  string         `json:"redline"` // SHA-256 of its WKB
	Rules    RuleSet        `json:"rules"`
	Land     LandUse        `json:"land"`
	Versions []LayerVersion `json:"versions"`
}

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

func hashOf(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("compliance: %w", err)
	}
	return hex.EncodeToString(digest(text)), nil
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // never fails; see its documentation
	return hex.EncodeToString(b)
}

// kept is what a check is run again by.
type kept struct {
	Set  RuleSet `json:"set"`
	Land LandUse `json:"land"`
}

//go:embed sql/keep.sql
var keepSQL string

func (o *Office) keep(ctx context.Context, a Answer, rules kept, shape overlay.Shape, text []byte) error {
	versions := map[string]int{}
	for _, l := range a.Layers {
		versions[l.Layer] = l.Version
	}
	_, err := o.db.Exec(ctx, keepSQL, pgx.StrictNamedArgs{
		"id": a.ID, "asked_at": a.AskedAt, "asked_by": a.AskedBy, "name": a.Name, "reason": a.Reason,
		"rule_set": a.RuleSet.ID, "rule_set_version": a.RuleSet.Version, "rules": rules, "versions": versions,
		"redline": shape.WKB(), "area_m2": shape.AreaM2, "verdict": string(a.Verdict),
		"question_hash": a.QuestionHash, "answer_hash": a.AnswerHash, "answer": string(text),
		"anonymous": access.Anonymous().Name, "kept": KeptAnonymous,
	})
	if err != nil {
		return fmt.Errorf("compliance: keeping a check: %w", err)
	}
	return nil
}

//go:embed sql/read.sql
var readSQL string

// stored is a check as it is kept.
type stored struct {
	answer   string
	rules    kept
	versions map[string]int
	redline  []byte
}

// read reads a check that the context's principal may see: its own, any for who
// administers, and those of nobody in particular for whoever knows the id.
func (o *Office) read(ctx context.Context, id string) (stored, error) {
	var s stored
	p := access.From(ctx)
	err := o.db.QueryRow(ctx, readSQL, pgx.StrictNamedArgs{
		"id": id, "by": []string{p.Name, access.Anonymous().Name}, "all": p.May(access.Administer),
	}).Scan(&s.answer, &s.rules, &s.versions, &s.redline)
	if errors.Is(err, pgx.ErrNoRows) {
		return stored{}, fmt.Errorf("%w: %.40q", ErrUnknownCheck, id)
	}
	if err != nil {
		return stored{}, fmt.Errorf("compliance: reading a check: %w", err)
	}
	return s, nil
}

// Answer returns a check as it was answered, byte for byte. One that isn't there,
// or not for the context's principal, is an [ErrUnknownCheck].
func (o *Office) Answer(ctx context.Context, id string) (Answer, []byte, error) {
	if !validID(id) {
		return Answer{}, nil, fmt.Errorf("%w: %.40q", ErrUnknownCheck, id)
	}
	s, err := o.read(ctx, id)
	if err != nil {
		return Answer{}, nil, err
	}
	var a Answer
	if err := json.Unmarshal([]byte(s.answer), &a); err != nil {
		return Answer{}, nil, fmt.Errorf("compliance: reading check %s: %w", id, err)
	}
	return a, []byte(s.answer), nil
}

// Again runs a check once more, by the same rules against the same versions, and
// says whether it comes out the same. Nothing of it is kept.
func (o *Office) Again(ctx context.Context, catalogue *layers.Catalogue, id string) (Answer, error) {
	a, _, err := o.Answer(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	s, err := o.read(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	g, err := wkb.Unmarshal(s.redline)
	if err != nil {
		return Answer{}, fmt.Errorf("compliance: the red line of %s: %w", id, err)
	}
	shape, err := overlay.NewShape(ctx, o.db, overlay.Polygons(g))
	if err != nil {
		return Answer{}, err
	}
	then := &Office{o.db, o.store, Rules{Land: s.rules.Land}}
	from, err := then.open(ctx, catalogue, s.rules.Set, time.Time{}, s.versions)
	if err != nil {
		return Answer{}, err
	}
	for layer, why := range reasons(a) { // a layer that wasn't published stays unpublished, one that was shut stays shut
		from.shut[layer] = why
	}
	result, err := then.run(ctx, s.rules.Set, from, shape)
	if err != nil {
		return Answer{}, err
	}
	hash, err := hashOf(result)
	if err != nil {
		return Answer{}, err
	}
	a.Result = result
	a.Repeated = &Repeat{time.Now().UTC().Truncate(time.Microsecond), hash, hash == a.AnswerHash}
	return a, nil
}

// reasons are why layers weren't checked.
func reasons(a Answer) map[string][2]string {
	all := map[string][2]string{}
	for _, f := range a.Findings {
		if f.NotChecked != "" {
			all[f.Layer] = [2]string{f.NotChecked, f.NotCheckedEN}
		}
	}
	return all
}

func validID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

// Entry is a check in a list.
type Entry struct {
	N              int64     `db:"n" json:"n"` // later checks have higher numbers
	ID             string    `db:"id" json:"id"`
	AskedAt        time.Time `db:"asked_at" json:"asked_at"`
	AskedBy        string    `db:"asked_by" json:"asked_by"`
	Name           string    `db:"name" json:"name"`
	Reason         string    `db:"reason" json:"reason"`
	RuleSet        string    `db:"rule_set" json:"rule_set"`
	RuleSetVersion string    `db:"rule_set_version" json:"rule_set_version"`
	AreaM2         float64   `db:"area_m2" json:"area_m2"`
	Verdict        Verdict   `db:"verdict" json:"verdict"`
	QuestionHash   string    `db:"question_hash" json:"question_hash"`
	AnswerHash     string    `db:"answer_hash" json:"answer_hash"`
}

//go:embed sql/list.sql
var listSQL string

// List returns the checks that the context's principal asked, newest first; to who
// administers, everybody's. before is the number that the page ends ahead of; 0
// begins with the newest. Nobody in particular has no list: an
// [access.ErrUnauthenticated].
func (o *Office) List(ctx context.Context, before int64, limit int) ([]Entry, error) {
	p := access.From(ctx)
	if p.Name == access.Anonymous().Name {
		return nil, fmt.Errorf("%w: a list of one's checks needs a name", access.ErrUnauthenticated)
	}
	rows, err := o.db.Query(ctx, listSQL, pgx.StrictNamedArgs{"by": p.Name, "all": p.May(access.Administer), "before": before, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("compliance: listing checks: %w", err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, fmt.Errorf("compliance: listing checks: %w", err)
	}
	return entries, nil
}
