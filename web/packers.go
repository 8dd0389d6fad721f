package web

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// packers compress answers. A packer has some hundred kilobytes of tables; made for
// each answer, they would cost more than the answer itself.
type packers struct{ sync.Pool }

// packer is one that is free, or at work for one answer.
type packer struct {
	z   *gzip.Writer
	out bytes.Buffer
}

// mostKept is the longest answer whose buffer is kept for the next, in bytes.
const mostKept = 1 << 20

// pack compresses a body and hands it to send, which must not keep it.
func (p *packers) pack(body []byte, send func(packed []byte) error) error {
	one, ok := p.Get().(*packer)
	if !ok {
		one = &packer{}
		one.z = gzip.NewWriter(&one.out)
	}
	one.out.Reset()
	one.z.Reset(&one.out)
	if _, err := one.z.Write(body); err != nil {
		return err
	}
	if err := one.z.Close(); err != nil {
		return err
	}
	err := send(one.out.Bytes())
	if one.out.Cap() <= mostKept {
		p.Put(one)
	}
	return err
}

// packersOf are those of the server that an answer is written by.
func packersOf(w http.ResponseWriter) *packers {
	if recorder, ok := w.(*statusRecorder); ok && recorder.packers != nil {
		return recorder.packers
	}
	return &packers{}
}
