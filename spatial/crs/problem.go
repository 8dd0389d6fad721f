package crs

import (
	"errors"
	"fmt"
	"strconv"
)

var (
	// ErrUnknown reports that there is nothing to tell the system by; the
	// person who delivers the data has to name it.
	ErrUnknown = errors.New("crs: the coordinate system is not known")

	// ErrUnsupported reports a system that is recognised, or spelled out, but
	// that this package doesn't transform.
	ErrUnsupported = errors.New("crs: the coordinate system is not supported")

	// ErrNeedsParameters reports a system on an older datum: the way to
	// CGCS2000 needs local parameters that are not public.
	ErrNeedsParameters = errors.New("crs: the transformation needs parameters that are not public")

	// ErrSwapped is an [ErrImplausible]: the coordinates fit once their axes
	// are exchanged.
	ErrSwapped = fmt.Errorf("%w: the axes are swapped", errImplausible)

	// ErrImplausible reports coordinates that can't be of the stated system.
	ErrImplausible = errImplausible
)

var errImplausible = errors.New("crs: the coordinates don't fit the coordinate system")

// Problem is an error of this package in words for a person: what is wrong and
// what to do about it. It wraps one of the package's sentinel errors.
type Problem struct {
	Err error  // the sentinel
	ZH  string // Chinese
	EN  string // English

	System System // that parameters would be for, next to an [ErrNeedsParameters]; the zero System is one that can't be told
}

// Error returns the sentence in Chinese, then in English.
func (p *Problem) Error() string { return p.ZH + " / " + p.EN }

// Unwrap returns the sentinel.
func (p *Problem) Unwrap() error { return p.Err }

// problem words an error; coordinates are written out, never as 3.7e+07.
func problem(err error, zh, en string, args ...any) error {
	for i, arg := range args {
		if coordinate, ok := arg.(float64); ok {
			args[i] = strconv.FormatFloat(coordinate, 'f', -1, 64)
		}
	}
	return &Problem{Err: err, ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}

func unknown() error {
	return problem(ErrUnknown,
		"数据没有说明坐标系；请用 --crs 指定，例如 --crs EPSG:4525（CGCS2000 三度带 37 带）、EPSG:4490 或 GCJ-02",
		"the data doesn't say its coordinate system; name it with --crs, as --crs EPSG:4525 (CGCS2000 3-degree zone 37), EPSG:4490 or GCJ-02")
}

func unsupported(what string) error {
	return problem(ErrUnsupported,
		"不支持坐标系 %[1]s；请以 CGCS2000（EPSG:4490、4491–4554）交付，若文件所写有误，用 --crs 指定真实坐标系",
		"the coordinate system %[1]s is not supported; deliver in CGCS2000 (EPSG:4490, 4491-4554), or, if the file is wrong about itself, name the true one with --crs", what)
}

func needsParameters(s System, what string) error {
	o, ok := olderOf(s.code)
	if !ok {
		o = older{zh: "旧坐标系", en: "an older datum"}
	}
	return &Problem{
		Err: ErrNeedsParameters, System: s,
		ZH: fmt.Sprintf("数据为%s（%s）：转换到 CGCS2000 没有公开参数，直接转换会偏差数十至上百米，故不导入；请由测绘部门转换后以 CGCS2000 交付，或用 --seven-parameters 给出测绘部门提供的七参数文件",
			o.zh, what),
		EN: fmt.Sprintf("the data is in %s (%s): there are no public parameters to CGCS2000, and a guess would be off by tens to more than a hundred metres, so it is refused; have it converted by the surveying department and deliver it in CGCS2000, or give their seven parameters with --seven-parameters",
			o.en, what),
	}
}
