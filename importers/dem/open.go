package dem

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"sync"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// The limits of a raster.
const (
	MaxSide   = 200_000       // pixels
	MaxPixels = 4_000_000_000 // all of it is never in memory
	maxBlock  = 64 << 20      // pixels of a block of the file, which GDAL reads as a whole
	maxBytes  = 64 << 30      // of the file
)

// ErrRefused reports a file that is no elevation model that can be read; see [Refusal].
var ErrRefused = errors.New("dem: the file is refused")

// Refusal is an [ErrRefused] in words for a person: what is wrong and what to do.
type Refusal struct {
	ZH, EN string
	err    error // what GDAL or spatial/crs said; nil is nothing
}

// Error returns the sentence in Chinese, then in English.
func (r *Refusal) Error() string { return r.ZH + " / " + r.EN }

// Unwrap returns [ErrRefused] and what was behind it.
func (r *Refusal) Unwrap() []error {
	if r.err == nil {
		return []error{ErrRefused}
	}
	return []error{ErrRefused, r.err}
}

func refuse(err error, zh, en string, args ...any) error {
	return &Refusal{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...), err}
}

// Options are what may be said of a raster beside it.
type Options struct {
	CRS  string // where the file doesn't name its system; "" is the file's own
	Band int    // 1 is the first; 0 is the only one
}

// Raster is an open elevation model. It is for one goroutine at a time.
type Raster struct {
	data        *godal.Dataset
	band        godal.Band
	project     *crs.Projector   // EPSG:4490 to the raster's system
	mercator    *crs.Transformer // EPSG:3857 to EPSG:4490
	system      crs.System
	width       int
	height      int
	origin      orb.Point // north-west corner, in the system's units
	step        orb.Point // a pixel's width and height; both positive
	none        *float64
	scale, base float64 // metres are value × scale + base
	bounds      [4]float64
	resolution  float64
}

var register = sync.OnceValue(func() error {
	return godal.RegisterRaster("GTiff", "HFA")
})

// Open opens a file. What can't be read as an elevation model is a [*Refusal].
// The caller closes the raster.
func Open(path string, o Options) (*Raster, error) {
	if err := register(); err != nil {
		return nil, fmt.Errorf("dem: %w", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse(err, "文件 %q 不存在", "there is no file %q", path)
	case err != nil:
		return nil, fmt.Errorf("dem: %w", err)
	case !info.Mode().IsRegular():
		return nil, refuse(nil, "%q 不是普通文件", "%q is no plain file", path)
	case info.Size() > maxBytes:
		return nil, refuse(nil, "文件有 %d 字节，最多 %d；请分幅导入", "the file has %d bytes, the most is %d; load it in parts", info.Size(), int64(maxBytes))
	}
	// Without the files beside it: one of those could lead GDAL elsewhere.
	data, err := godal.Open(path, godal.RasterOnly(), godal.Drivers("GTiff", "HFA"), godal.ConfigOption("GDAL_PAM_ENABLED=NO"))
	if err != nil {
		return nil, refuse(err, "文件不是可读取的 GeoTIFF 或 ERDAS IMG 栅格：%v", "the file is no GeoTIFF or ERDAS IMG raster that can be read: %v", err)
	}
	r := &Raster{data: data}
	if err := r.structure(o); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if err := r.place(o); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close frees the raster.
func (r *Raster) Close() error { return r.data.Close() }

// structure checks sizes and the band.
func (r *Raster) structure(o Options) error {
	s := r.data.Structure()
	r.width, r.height = s.SizeX, s.SizeY
	switch {
	case r.width < 2 || r.height < 2:
		return refuse(nil, "栅格为 %d × %d 像元，至少 2 × 2", "the raster has %d × %d pixels, the least is 2 × 2", r.width, r.height)
	case r.width > MaxSide || r.height > MaxSide || r.width*r.height > MaxPixels:
		return refuse(nil, "栅格为 %d × %d 像元，边长最多 %d、总数最多 %d；请分幅或降低分辨率", "the raster has %d × %d pixels; a side has %d at most, all %d; cut it into parts or make it coarser", r.width, r.height, MaxSide, int64(MaxPixels))
	case s.NBands < 1 || o.Band < 0 || o.Band > s.NBands:
		return refuse(nil, "栅格有 %d 个波段，没有第 %d 个", "the raster has %d bands, and none of number %d", s.NBands, o.Band)
	case s.NBands > 1 && o.Band == 0:
		return refuse(nil, "栅格有 %d 个波段，高程模型应只有一个；若其一是高程，请用 --band 指明", "the raster has %d bands, an elevation model has one; if one of them is heights, name it with --band", s.NBands)
	}
	r.band = r.data.Bands()[max(1, o.Band)-1]
	b := r.band.Structure()
	switch b.DataType {
	case godal.Byte:
		return refuse(nil, "像元为 8 位，装不下高程；这像是图片而不是高程模型", "its pixels have 8 bits, too few for heights; this looks like a picture and not like an elevation model")
	case godal.CInt16, godal.CInt32, godal.CFloat32, godal.CFloat64:
		return refuse(nil, "像元为复数，不是高程", "its pixels are complex numbers, not heights")
	}
	if b.BlockSizeX <= 0 || b.BlockSizeY <= 0 || b.BlockSizeX*b.BlockSizeY > maxBlock {
		return refuse(nil, "文件的块为 %d × %d 像元，过大；请用 gdal_translate -co TILED=YES 重写", "a block of the file has %d × %d pixels, too many; write it anew with gdal_translate -co TILED=YES", b.BlockSizeX, b.BlockSizeY)
	}
	if none, ok := r.band.NoData(); ok {
		r.none = &none
	}
	r.scale, r.base = b.Scale, b.Offset
	if r.scale == 0 || math.IsNaN(r.scale) || math.IsInf(r.scale, 0) || math.IsNaN(r.base) || math.IsInf(r.base, 0) {
		return refuse(nil, "波段的比例 %g 与偏移 %g 无效", "the band's scale %g and offset %g can't be", r.scale, r.base)
	}
	return nil
}

// place finds out where the raster lies.
func (r *Raster) place(o Options) (err error) {
	if r.system, err = r.systemOf(o); err != nil {
		return err
	}
	if r.project, err = crs.NewProjector(r.system); err != nil {
		return refuse(err, "坐标系 %s 不能用于高程模型：%v", "the system %s can't be used for an elevation model: %v", r.system, err)
	}
	if r.mercator, err = crs.NewTransformer(crs.WebMercator); err != nil {
		return fmt.Errorf("dem: %w", err)
	}
	t, err := r.data.GeoTransform()
	if err != nil {
		return refuse(err, "文件没有说明位置（仿射参数）", "the file doesn't say where it lies (no geotransform)")
	}
	for _, v := range t {
		if math.IsNaN(v) || math.Abs(v) > 1e9 {
			return refuse(nil, "仿射参数 %v 无效", "the geotransform %v can't be", t)
		}
	}
	if t[2] != 0 || t[4] != 0 || t[1] <= 0 || t[5] >= 0 {
		return refuse(nil, "栅格不是正北朝上（仿射参数 %v）；请用 gdalwarp 转正", "the raster isn't north up (geotransform %v); turn it with gdalwarp", t)
	}
	r.origin, r.step = orb.Point{t[0], t[3]}, orb.Point{t[1], -t[5]}
	return r.measure()
}

func (r *Raster) systemOf(o Options) (crs.System, error) {
	own, err := crs.Identify(r.data.Projection())
	if o.CRS == "" {
		if err != nil {
			return own, refuse(err, "坐标系不能识别：%v", "the coordinate system isn't recognised: %v", err)
		}
		return own, nil
	}
	given, givenErr := crs.Parse(o.CRS)
	if givenErr != nil {
		return given, refuse(givenErr, "--crs %s：%v", "--crs %s: %v", o.CRS, givenErr)
	}
	if err == nil && own != given {
		return own, refuse(nil, "文件说明的坐标系是 %s，与 --crs %s 不符", "the file says that its system is %s, and --crs %s", own, given)
	}
	return given, nil
}

// measure finds the bounds in degrees and the resolution in metres.
func (r *Raster) measure() error {
	back, err := crs.NewTransformer(r.system)
	if err != nil {
		return refuse(err, "坐标系 %s 不能用于高程模型：%v", "the system %s can't be used for an elevation model: %v", r.system, err)
	}
	w, h := float64(r.width)*r.step[0], float64(r.height)*r.step[1]
	const parts = 32 // of each edge: in degrees they are bent
	var edge orb.MultiPoint
	for i := range parts + 1 {
		f := float64(i) / parts
		for _, p := range []orb.Point{{f * w, 0}, {f * w, h}, {0, f * h}, {w, f * h}} {
			at := orb.Point{r.origin[0] + p[0], r.origin[1] - p[1]}
			g, err := back.Transform(at)
			if err == nil {
				err = r.system.Check(at)
			}
			if err != nil {
				return refuse(err, "栅格的一角 %v 不在坐标系 %s 的范围内：%v", "the corner %v of the raster is not in the system %s: %v", at, r.system, err)
			}
			edge = append(edge, g.(orb.Point))
		}
	}
	b := edge.Bound()
	if !(b.Min[0] >= -180 && b.Max[0] <= 180 && b.Min[1] >= -crs.MercatorLimit && b.Max[1] <= crs.MercatorLimit && b.Min[0] < b.Max[0] && b.Min[1] < b.Max[1]) {
		return refuse(nil, "栅格范围 %v 超出瓦片所及（纬度 ±85°）", "the raster's extent %v is beyond what tiles reach (±85° of latitude)", b)
	}
	r.bounds = [4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	const metresInDegree = math.Pi * 6378137 / 180
	r.resolution = math.Sqrt(r.step[0] * r.step[1])
	latitude := math.Cos((b.Min[1] + b.Max[1]) / 2 * math.Pi / 180)
	switch {
	case r.system.Geographic():
		r.resolution *= metresInDegree * math.Sqrt(latitude)
	case r.system == crs.WebMercator:
		r.resolution *= latitude
	}
	if r.resolution < 0.1 {
		return refuse(nil, "格网 %.3g 米，过细；至少 0.1 米", "its grid of %.3g m is too fine; the least is 0.1 m", r.resolution)
	}
	r.resolution = math.Round(r.resolution*1000) / 1000
	return nil
}

// Bounds are west, south, east, north in EPSG:4490 degrees.
func (r *Raster) Bounds() [4]float64 { return r.bounds }

// Resolution is the side of a pixel on the ground, metres.
func (r *Raster) Resolution() float64 { return r.resolution }

// System is the raster's coordinate system.
func (r *Raster) System() crs.System { return r.system }

// Size is the raster's size in pixels.
func (r *Raster) Size() (width, height int) { return r.width, r.height }
