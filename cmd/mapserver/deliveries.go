package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"onemap/importers"
	"onemap/spatial/crs"
)

// loadDeliveries imports every file that a manifest names, with publication and
// dry run as o has them; with onlyEmpty those of layers without any version.
func loadDeliveries(ctx context.Context, c *console, d *database, path string, o importers.Options, onlyEmpty bool) error {
	manifest, err := importers.OpenManifest(ctx, path, o.TempDir, o.Limits)
	if err != nil {
		return err
	}
	defer manifest.Close()
	for _, delivery := range manifest.Deliveries {
		if onlyEmpty {
			versions, err := d.store.Versions(ctx, delivery.Layer)
			if err != nil {
				return err
			}
			if len(versions) > 0 {
				continue
			}
		}
		one := manifest.Options(delivery)
		one.Publish, one.DryRun, one.SevenParameters, one.ParametersOffered = o.Publish, o.DryRun, o.SevenParameters, true
		result, err := importWithProgress(ctx, c, d, one)
		if err != nil {
			return fmt.Errorf("%s → %s: %w", delivery.File, delivery.Layer, err)
		}
		fmt.Fprintf(c.err, "%-24s %8d  %s\n", delivery.Layer, result.Accepted, delivery.File)
		if delivery.Rows > 0 && result.Read != int64(delivery.Rows) {
			noteRows(c.err, int64(delivery.Rows), result.Read)
		}
	}
	return nil
}

// noteRows says that a file has other rows than its manifest.
func noteRows(to io.Writer, expected, read int64) {
	fmt.Fprintf(to, "注意 / note: 清单写明 %d 行，读到 %d 行 / the manifest says %[1]d rows, %[2]d were read\n", expected, read)
}

// readParameters reads the operator's seven parameters; "" is none.
func readParameters(file string) (*crs.SevenParameters, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := crs.ReadSevenParameters(f)
	if err != nil {
		return nil, err
	}
	return &p, nil
}
