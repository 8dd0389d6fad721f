package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"onemap/access"
	"onemap/importers"
	"onemap/spatial/crs"
)

// RetryRequest asks for another try of a version's rows in quarantine.
type RetryRequest struct {
	Layer     string
	Version   int
	Publish   bool
	Unchecked bool
	Key       string // as of a [Request]

	SevenParameters *crs.SevenParameters // as of a [Request]
}

// Retry queues another try of a version's rows in quarantine; see
// [importers.Retry]. It waits for its turn like any import of the layer. It needs
// the right [access.Import], and [access.Publish] to publish.
func (q *Queue) Retry(ctx context.Context, r RetryRequest) (one Import, created bool, err error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return Import{}, false, err
	}
	if r.Publish {
		if err := access.Require(ctx, access.Publish); err != nil {
			return Import{}, false, err
		}
	}
	if len(r.Key) > 200 {
		return Import{}, false, fmt.Errorf("%w: idempotency key is longer than 200 bytes", ErrInvalid)
	}
	if _, err := q.store.Delivery(ctx, r.Layer, r.Version); err != nil {
		return Import{}, false, err
	}
	one, created, err = q.insert(ctx, Import{
		Kind: Retry, Layer: r.Layer, OfVersion: &r.Version, Options: Options{Publish: r.Publish, Unchecked: r.Unchecked},
	}, r.Key)
	if err == nil && created {
		err = q.keepParameters(one.ID, r.SevenParameters)
	}
	if err == nil && one.State == Uploading { // also where the first request broke off here
		one, err = q.Start(ctx, one.ID)
	}
	return one, created, err
}

// retry does it.
func (w *Worker) retry(ctx context.Context, t *teller, one Import, seven *crs.SevenParameters) (outcome, error) {
	if err := os.MkdirAll(w.queue.folder(one.ID), 0o700); err != nil {
		return outcome{}, fmt.Errorf("jobs: folder of import %d: %w", one.ID, err)
	}
	report, err := importers.Retry(ctx, w.store, importers.RetryOptions{
		Layer: one.Layer, Version: *one.OfVersion, Publish: one.Options.Publish, Unchecked: one.Options.Unchecked,
		TempDir: w.queue.folder(one.ID), Import: &one.ID, SevenParameters: w.sevenParameters(seven), ParametersOffered: seven == nil,
		Progress: func(p importers.Progress) { t.tell(ctx, p) },
	})
	return outcomeOf(report), err
}

// parametersFile holds seven parameters beside an upload. No upload is called so:
// a name that begins with a full stop loses it.
const parametersFile = ".seven-parameters"

// keepParameters keeps the parameters until the import has ended.
func (q *Queue) keepParameters(id int64, p *crs.SevenParameters) error {
	if p == nil {
		return nil
	}
	text, err := json.Marshal(p)
	if err == nil {
		err = os.MkdirAll(q.folder(id), 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(q.folder(id), parametersFile), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("jobs: seven parameters of import %d: %w", id, err)
	}
	return nil
}

// parameters returns what keepParameters kept; nil is none.
func (q *Queue) parameters(id int64) (*crs.SevenParameters, error) {
	text, err := os.ReadFile(filepath.Join(q.folder(id), parametersFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: seven parameters of import %d: %w", id, err)
	}
	p, err := crs.ReadSevenParameters(bytes.NewReader(text))
	return &p, err
}

// tidy removes what an attempt that was cut off has left beside the upload.
func (q *Queue) tidy(one Import) error {
	left, err := os.ReadDir(q.folder(one.ID))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("jobs: folder of import %d: %w", one.ID, err)
	}
	for _, f := range left {
		if f.Name() == one.Filename || f.Name() == parametersFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(q.folder(one.ID), f.Name())); err != nil {
			return fmt.Errorf("jobs: folder of import %d: %w", one.ID, err)
		}
	}
	return nil
}
