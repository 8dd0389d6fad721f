package demo

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/airbusgeo/godal"

	"onemap/layers"
)

// writeDatabase writes a GeoPackage or a zipped FileGDB: rows go through a file
// of GeoJSON lines that GDAL turns into a layer of the container.
func (c *city) writeDatabase(b bundle, path, work string) error {
	if err := registerDrivers(); err != nil {
		return err
	}
	target, driver := path, "GPKG"
	if b.format == fileGDB {
		driver = "OpenFileGDB"
		target = filepath.Join(work, strings.TrimSuffix(filepath.Base(path), ".zip"))
	}
	for i, t := range b.tables {
		if t.count == 0 {
			return fmt.Errorf("layer %s has no rows", t.layer.ID)
		}
		lines := filepath.Join(work, t.layer.ID+".geojsonl")
		err := writeFile(lines, func(out *bufio.Writer) error {
			for row := range t.count {
				if err := c.writeFeature(out, b, t, row, b.crs == "EPSG:4490"); err != nil {
					return err
				}
				if err := out.WriteByte('\n'); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := appendLayer(target, driver, lines, b, t, i == 0); err != nil {
			return err
		}
		if err := os.Remove(lines); err != nil {
			return err
		}
	}
	if b.format == fileGDB {
		return zipFolder(target, path)
	}
	return fixTimes(path)
}

// fixTimes sets the times of change in a GeoPackage, which GDAL takes from the
// clock, so that the same rows give the same bytes. A FileGDB also holds ids
// that GDAL draws anew each time; those are left, so its bytes differ.
func fixTimes(path string) error {
	made, err := godal.Open(path, godal.VectorOnly(), godal.Update())
	if err != nil {
		return err
	}
	result, err := made.ExecuteSQL("UPDATE gpkg_contents SET last_change = '2024-01-01T00:00:00.000Z'")
	if err == nil && result != nil {
		err = result.Close()
	}
	if closeErr := made.Close(); err == nil {
		err = closeErr
	}
	return err
}

func registerDrivers() error {
	for _, name := range []godal.DriverName{godal.GeoJSON, "GeoJSONSeq", "GPKG", "OpenFileGDB"} {
		if err := godal.RegisterVector(name); err != nil {
			return fmt.Errorf("GDAL has no driver %s: %w", name, err)
		}
	}
	return nil
}

// appendLayer turns a file of GeoJSON lines into a layer of the container.
func appendLayer(target, driver, lines string, b bundle, t table, first bool) error {
	source, err := godal.Open(lines, godal.VectorOnly())
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	kind := map[layers.GeometryKind]string{layers.Point: "POINT", layers.LineString: "LINESTRING", layers.Polygon: "MULTIPOLYGON"}[t.layer.Geometry]
	switches := []string{"-f", driver, "-nln", t.layer.Name, "-a_srs", b.crs, "-nlt", kind, "-gt", "unlimited"}
	if driver == "GPKG" {
		switches = append(switches, "-lco", "GEOMETRY_NAME=geom", "-lco", "IDENTIFIER="+t.layer.Name+"（演示数据）")
	}
	if !first {
		switches = append(switches, "-update")
	}
	made, err := source.VectorTranslate(target, switches)
	if err != nil {
		return err
	}
	return made.Close()
}

// zipFolder packs a folder with fixed times and removes nothing.
func zipFolder(folder, path string) error {
	names, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	return writeFile(path, func(out *bufio.Writer) error {
		archive := zip.NewWriter(out)
		for _, name := range names { // in order of their names
			w, err := archive.CreateHeader(&zip.FileHeader{Name: filepath.Base(folder) + "/" + name.Name(), Method: zip.Deflate, Modified: zipTime})
			if err != nil {
				return err
			}
			file, err := os.Open(filepath.Join(folder, name.Name()))
			if err != nil {
				return err
			}
			_, err = io.Copy(w, file)
			if closeErr := file.Close(); err == nil {
				err = closeErr
			}
			if err != nil {
				return err
			}
		}
		return archive.Close()
	})
}
