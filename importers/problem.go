package importers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"onemap/importers/quality"
	"onemap/layers"
	"onemap/spatial/crs"
)

// The faults that a delivery, or an import of it, can have. They arrive wrapped
// in a [Problem]; those of the coordinate system are crs's.
var (
	ErrNoFile           = errors.New("importers: no such file")
	ErrFormat           = errors.New("importers: format not supported")
	ErrArchive          = errors.New("importers: archive damaged")
	ErrHostileArchive   = errors.New("importers: archive refused for safety")
	ErrIncomplete       = errors.New("importers: parts of the delivery are missing")
	ErrDamaged          = errors.New("importers: file damaged")
	ErrSourceLayer      = errors.New("importers: source layer not clear")
	ErrEncoding         = errors.New("importers: text encoding not clear")
	ErrCRSContradiction = errors.New("importers: the named coordinate system contradicts the file")
	ErrFields           = errors.New("importers: required fields are missing")
	ErrNoRows           = errors.New("importers: nothing to import")
	ErrDiskFull         = errors.New("importers: disk full")
	ErrDatabaseLost     = errors.New("importers: database lost")
)

// codes name each fault for machines.
var codes = []struct {
	err  error
	code string
}{
	{ErrNoFile, "no-such-file"},
	{ErrFormat, "format-not-supported"},
	{ErrArchive, "archive-damaged"},
	{ErrHostileArchive, "archive-refused"},
	{ErrIncomplete, "delivery-incomplete"},
	{ErrDamaged, "file-damaged"},
	{ErrSourceLayer, "source-layer-not-clear"},
	{ErrNotRecognised, "layer-not-recognised"},
	{ErrEncoding, "encoding-not-clear"},
	{ErrCRSContradiction, "crs-contradicts-file"},
	{ErrManifest, "manifest-not-usable"},
	{ErrFields, "required-fields-missing"},
	{quality.ErrSkip, "rule-not-skippable"},
	{ErrNoRows, "nothing-to-import"},
	{ErrOutline, "no-outline"},
	{ErrStillRefused, "still-refused"},
	{ErrCorrection, "correction-not-readable"},
	{ErrFeature, "feature-not-readable"},
	{ErrTooLarge, "feature-too-large"},
	{ErrDiskFull, "disk-full"},
	{ErrDatabaseLost, "database-lost"},
	{layers.ErrUnknownLayer, "layer-unknown"},
	{crs.ErrUnknown, "crs-unknown"},
	{crs.ErrUnsupported, "crs-not-supported"},
	{crs.ErrNeedsParameters, "crs-needs-parameters"},
	{crs.ErrSwapped, "axes-swapped"},
	{crs.ErrImplausible, "crs-implausible"},
	{crs.ErrParameters, "seven-parameters-not-usable"},
}

// Problem is a fault in words for a person: what is wrong, where, and what to do.
type Problem struct {
	Code string // stable, for machines, as "archive-damaged"
	ZH   string // Chinese
	EN   string // English
	Err  error  // wraps one of the package's sentinels, and the cause if there is one
}

// Error returns the sentence in Chinese, then in English.
func (p *Problem) Error() string { return p.ZH + " / " + p.EN }

// Unwrap returns the fault's sentinel and cause.
func (p *Problem) Unwrap() error { return p.Err }

// problem words a fault. The arguments serve both sentences.
func problem(err error, zh, en string, args ...any) error {
	p := &Problem{Code: "import-failed", ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...), Err: err}
	for _, c := range codes {
		if errors.Is(err, c.err) {
			p.Code = c.code
			break
		}
	}
	return p
}

// because wraps a sentinel round its cause.
func because(sentinel, cause error) error {
	if cause == nil {
		return sentinel
	}
	return fmt.Errorf("%w: %w", sentinel, cause)
}

// explain puts the failures that befall any import into words: a full disk, a
// database that went away, a coordinate system, a layer that doesn't exist.
// Other errors, and those already worded, come back as they are.
func explain(err error) error {
	var worded *Problem
	var system *crs.Problem
	var refused *pgconn.PgError
	var network net.Error
	switch {
	case err == nil, errors.As(err, &worded), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &system):
		return problem(err, "%[1]s", "%[2]s", system.ZH, system.EN)
	case errors.Is(err, syscall.ENOSPC):
		return problem(because(ErrDiskFull, err),
			"临时目录所在磁盘已满；请清理磁盘，或用环境变量 TMPDIR 指向空间充足的目录后重试，已发布的数据未受影响",
			"the disk of the temporary folder is full; free space, or point TMPDIR to a roomier folder, and try again; what is published is untouched")
	case errors.As(err, &refused) && refused.Code == "53100":
		return problem(because(ErrDiskFull, err),
			"数据库所在磁盘已满；请扩容或清理后重试，已发布的数据未受影响",
			"the database's disk is full; free space there and try again; what is published is untouched")
	case errors.As(err, &refused) && (strings.HasPrefix(refused.Code, "08") || strings.HasPrefix(refused.Code, "57P")),
		errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return problem(because(ErrDatabaseLost, err),
			"与数据库的连接中断；请确认数据库已恢复后重试，本次导入没有留下任何数据，已发布的数据未受影响",
			"the connection to the database was lost; see that it is back and try again; this import has left nothing behind, and what is published is untouched")
	default:
		return err
	}
}
