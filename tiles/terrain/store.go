package terrain

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
)

// Channel is the PostgreSQL notification channel that tells of loaded and removed
// models; the payload is the id.
const Channel = "onemap_terrain"

var (
	//go:embed sql/save.sql
	saveSQL string
	//go:embed sql/remove.sql
	removeSQL string
	//go:embed sql/list.sql
	listSQL string
)

// AboutError reports a word of an [About] that can't be.
type AboutError struct {
	Member, Value string
	ZH, EN        string
}

func (e *AboutError) Error() string {
	return fmt.Sprintf("terrain: %s %.80q: %s / %s", e.Member, e.Value, e.ZH, e.EN)
}

var (
	idPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	datePattern = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`)
)

// Check refuses words that can't be kept, with an [*AboutError].
func (a About) Check() error {
	long := func(text string, most int) bool {
		return utf8.RuneCountInString(text) > most || !utf8.ValidString(text) || strings.ContainsRune(text, 0)
	}
	switch {
	case !idPattern.MatchString(a.ID):
		return &AboutError{"id", a.ID, "应以小写字母开头，由小写字母、数字、下划线组成，最长 40", "must begin with a small letter and consist of small letters, digits and underscores, 40 at most"}
	case a.Title == "" || long(a.Title, 200):
		return &AboutError{"title", a.Title, "必须给出，最长 200 字", "must be given, with at most 200 characters"}
	case long(a.Source, 500):
		return &AboutError{"source", a.Source, "最长 500 字", "must have at most 500 characters"}
	case a.Date != nil && !datePattern.MatchString(*a.Date):
		return &AboutError{"date", *a.Date, "应为 2019、2019-08 或 2019-08-01", "must be as 2019, 2019-08 or 2019-08-01"}
	}
	return nil
}

// Store keeps models: their rows in PostGIS, their files in a folder that all
// servers on the database share.
type Store struct {
	db     *pgxpool.Pool
	folder string
}

// NewStore keeps files in the folder, which is made if it is not there.
func NewStore(db *pgxpool.Pool, folder string) (*Store, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("terrain: folder of elevation models: %w", err)
	}
	return &Store{db, folder}, nil
}

// Load builds the pyramid of a model and puts it in the place of the one of the
// same id. Until that one step all see what was before; a load that fails or is cut
// off leaves nothing. It needs the right [access.Publish].
func (s *Store) Load(ctx context.Context, source Source, about About, told func(done, total int)) (Record, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return Record{}, err
	}
	if err := about.Check(); err != nil {
		return Record{}, err
	}
	built, err := Build(ctx, source, about, s.folder, told)
	if err != nil {
		return Record{}, err
	}
	r := Record{
		About: about, File: built.File, Bytes: built.Bytes, Bounds: built.Bounds[:], Resolution: built.Resolution, Step: built.Step,
		MinZoom: built.MinZoom, MaxZoom: built.MaxZoom, Tiles: built.Tiles, Low: built.Low, High: built.High, LoadedBy: access.From(ctx).Name,
	}
	var before, notified string
	err = s.db.QueryRow(ctx, saveSQL, pgx.StrictNamedArgs{
		"id": r.ID, "title": r.Title, "source": r.Source, "date": r.Date, "synthetic": r.Synthetic, "file": r.File, "bytes": r.Bytes, "bounds": r.Bounds,
		"resolution_m": r.Resolution, "step_m": r.Step, "min_zoom": r.MinZoom, "max_zoom": r.MaxZoom, "tiles": r.Tiles, "lowest_m": r.Low, "highest_m": r.High,
		"loaded_by": r.LoadedBy,
	}).Scan(&before, &notified)
	if err != nil {
		if !s.used(ctx, built.File) {
			err = errors.Join(err, os.Remove(built.Path))
		}
		return Record{}, fmt.Errorf("terrain: keeping %s: %w", about.ID, err)
	}
	if before != "" && before != r.File {
		if err := s.discard(before); err != nil {
			return Record{}, err
		}
	}
	return s.Record(ctx, about.ID)
}

// used tells whether a row has the file: the same heights may have been loaded before.
func (s *Store) used(ctx context.Context, file string) bool {
	all, err := s.List(context.WithoutCancel(ctx))
	if err != nil {
		return true // not known: a file too many does no harm
	}
	for _, r := range all {
		if r.File == file {
			return true
		}
	}
	return false
}

// discard removes a file that no row has any more. Servers that have it open keep it.
func (s *Store) discard(file string) error {
	if err := os.Remove(filepath.Join(s.folder, file)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("terrain: removing the file of before: %w", err)
	}
	return nil
}

// Remove forgets a model. One that there isn't is an [ErrUnknown]. It needs the
// right [access.Publish].
func (s *Store) Remove(ctx context.Context, id string) error {
	if err := access.Require(ctx, access.Publish); err != nil {
		return err
	}
	var file, told string
	err := s.db.QueryRow(ctx, removeSQL, pgx.StrictNamedArgs{"id": id}).Scan(&file, &told)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%w: %.60q", ErrUnknown, id)
	case err != nil:
		return fmt.Errorf("terrain: removing %s: %w", id, err)
	}
	return s.discard(file)
}

// List is what is known of all models, the widest first.
func (s *Store) List(ctx context.Context) ([]Record, error) {
	rows, err := s.db.Query(ctx, listSQL)
	if err != nil {
		return nil, fmt.Errorf("terrain: listing the models: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Record])
	if err != nil {
		return nil, fmt.Errorf("terrain: listing the models: %w", err)
	}
	return all, nil
}

// Record is what is known of one model, or an [ErrUnknown].
func (s *Store) Record(ctx context.Context, id string) (Record, error) {
	all, err := s.List(ctx)
	if err != nil {
		return Record{}, err
	}
	for _, r := range all {
		if r.ID == id {
			return r, nil
		}
	}
	return Record{}, fmt.Errorf("%w: %.60q", ErrUnknown, id)
}
