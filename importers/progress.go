package importers

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Stage is a part of an import.
type Stage string

// The stages, in their order.
const (
	Unpacking  Stage = "unpack"  // Bytes count what is written
	Inspecting Stage = "inspect" // reading headers, encoding, coordinate system
	Loading    Stage = "load"    // Rows count what was read
	Checking   Stage = "check"   // what compares rows with one another
	Finishing  Stage = "finish"  // indexes, statistics, publication
	Done       Stage = "done"
)

var stageNames = map[Stage]string{
	Unpacking:  "解压 unpack",
	Inspecting: "检查 inspect",
	Loading:    "导入 load",
	Checking:   "质检 check",
	Finishing:  "建索引 index",
	Done:       "完成 done",
}

// Progress is how far an import has come.
type Progress struct {
	Stage Stage
	Rows  int64 // read so far
	Total int64 // rows in all; 0 is unknown
	Bytes int64
}

// ProgressPrinter shows an import's progress to a person: on a terminal one line
// that is drawn anew, elsewhere plain lines now and then.
type ProgressPrinter struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	now      func() time.Time

	started time.Time // of the stage
	shown   time.Time
	stage   Stage
	width   int // of the line on the terminal
}

// NewProgressPrinter prints to out; terminal says that out can draw a line anew.
func NewProgressPrinter(out io.Writer, terminal bool) *ProgressPrinter {
	return &ProgressPrinter{out: out, terminal: terminal, now: time.Now}
}

// How often progress is shown on a terminal, and elsewhere.
const (
	terminalEvery = 100 * time.Millisecond
	plainEvery    = 5 * time.Second
)

// Show takes a step of progress; most are passed over. It is an [Options] Progress.
func (p *ProgressPrinter) Show(step Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	every := plainEvery
	if p.terminal {
		every = terminalEvery
	}
	fresh := step.Stage != p.stage
	if fresh {
		p.stage, p.started = step.Stage, now
	} else if now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	line := describe(step, now.Sub(p.started))
	if !p.terminal {
		fmt.Fprintln(p.out, line) //nolint:errcheck // nobody to tell
		return
	}
	pad := max(0, p.width-len(line))
	p.width = len(line)
	end := ""
	if step.Stage == Done {
		end = "\n"
	}
	fmt.Fprintf(p.out, "\r%s%s%s", line, strings.Repeat(" ", pad), end) //nolint:errcheck // nobody to tell
}

// describe is a step in one line: stage, bar, rows, speed, time left.
func describe(step Progress, since time.Duration) string {
	name := stageNames[step.Stage]
	switch {
	case step.Stage == Unpacking:
		return fmt.Sprintf("%s  %.1f MiB", name, float64(step.Bytes)/(1<<20))
	case step.Stage != Loading || step.Rows == 0:
		return name
	}
	if since < time.Second { // a speed over less says nothing
		if step.Total <= 0 {
			return fmt.Sprintf("%s  %d 行 rows", name, step.Rows)
		}
		return fmt.Sprintf("%s  %s", name, bar(step))
	}
	speed := float64(step.Rows) / since.Seconds()
	if step.Total <= 0 {
		return fmt.Sprintf("%s  %d 行 rows  %.0f 行/s", name, step.Rows, speed)
	}
	left := time.Duration(float64(step.Total-step.Rows) / speed * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("%s  %s  %.0f 行/s  剩余 ETA %s", name, bar(step), speed, max(left, 0))
}

// bar is how far a step of known extent is.
func bar(step Progress) string {
	share := min(1, float64(step.Rows)/float64(step.Total))
	const width = 24
	full := int(share * width)
	return fmt.Sprintf("[%s%s] %3.0f%%  %d/%d 行 rows", strings.Repeat("#", full), strings.Repeat(".", width-full), share*100, step.Rows, step.Total)
}
