package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// fastCGI is a program that answers over FastCGI and lives on between requests, as
// web servers run MapServer.
type fastCGI struct {
	socket string
	cmd    *exec.Cmd
	params []string // NAME=VALUE, of every request: what the program finds in its environment
}

// startFastCGI starts the program with a listening socket as its standard input. Its
// environment is that of the start and of each request.
func startFastCGI(ctx context.Context, dir, program string, environment ...string) (*fastCGI, error) {
	socket := filepath.Join(dir, fmt.Sprintf("fastcgi-%d.sock", os.Getpid()))
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	listener.SetUnlinkOnClose(false)
	file, err := listener.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f := &fastCGI{socket: socket, cmd: exec.CommandContext(ctx, program), params: environment}
	f.cmd.Stdin = file
	f.cmd.Env = append(os.Environ(), environment...)
	if err := f.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.Remove(socket))
	}
	return f, nil
}

func (f *fastCGI) stop() {
	_ = f.cmd.Process.Kill() // it has nothing to lose, and looks at other signals only when asked again
	_ = f.cmd.Wait()
	_ = os.Remove(f.socket)
}

// The types of records, and the role of a responder.
const (
	fcgiBegin     = 1
	fcgiEnd       = 3
	fcgiParams    = 4
	fcgiIn        = 5
	fcgiOut       = 6
	fcgiResponder = 1
)

// mostAnswer is the largest answer that is read, in bytes.
const mostAnswer = 64 << 20

// get asks with a query and returns the body of the answer, which must be of the type.
func (f *fastCGI) get(ctx context.Context, query, contentType string) ([]byte, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", f.socket)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return nil, err
	}
	var params bytes.Buffer
	asks := []string{"REQUEST_METHOD=GET", "SERVER_PROTOCOL=HTTP/1.1", "SERVER_NAME=localhost", "SERVER_PORT=80", "SCRIPT_NAME=/", "QUERY_STRING=" + query}
	for _, pair := range append(asks, f.params...) {
		name, value, _ := strings.Cut(pair, "=")
		for _, text := range []string{name, value} {
			_ = binary.Write(&params, binary.BigEndian, uint32(len(text))|1<<31) // a buffer takes everything
		}
		params.WriteString(name + value)
	}
	var asked bytes.Buffer
	record := func(kind byte, body []byte) {
		asked.Write([]byte{1, kind, 0, 1, byte(len(body) >> 8), byte(len(body)), 0, 0})
		asked.Write(body)
	}
	record(fcgiBegin, []byte{0, fcgiResponder, 0, 0, 0, 0, 0, 0})
	record(fcgiParams, params.Bytes())
	record(fcgiParams, nil)
	record(fcgiIn, nil)
	if _, err := conn.Write(asked.Bytes()); err != nil {
		return nil, err
	}
	answer, err := readRecords(bufio.NewReaderSize(conn, 64<<10))
	if err != nil {
		return nil, err
	}
	return bodyOf(answer, contentType)
}

// readRecords collects what the program writes for one request.
func readRecords(in *bufio.Reader) ([]byte, error) {
	var out, complaints bytes.Buffer
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return nil, fmt.Errorf("FastCGI: %w: %s", err, complaints.Bytes())
		}
		to := &complaints
		if head[1] == fcgiOut {
			to = &out
		}
		if _, err := io.CopyN(to, in, int64(binary.BigEndian.Uint16(head[4:]))); err != nil {
			return nil, err
		}
		if _, err := in.Discard(int(head[6])); err != nil {
			return nil, err
		}
		if head[1] == fcgiEnd {
			return out.Bytes(), nil
		}
		if out.Len() > mostAnswer {
			return nil, errors.New("FastCGI: the answer is too long")
		}
	}
}

// bodyOf cuts the header of an answer off.
func bodyOf(answer []byte, contentType string) ([]byte, error) {
	r := bufio.NewReader(bytes.NewReader(answer))
	head, err := textproto.NewReader(r).ReadMIMEHeader()
	if err != nil {
		return nil, fmt.Errorf("FastCGI: the answer's header: %w: %.300q", err, answer)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if text := head.Get("Status"); text != "" {
		status, _ = strconv.Atoi(strings.Fields(text + " 0")[0])
	}
	if status != http.StatusOK || !strings.HasPrefix(head.Get("Content-Type"), contentType) {
		return nil, fmt.Errorf("FastCGI: %s, %s: %.600s", head.Get("Status"), head.Get("Content-Type"), body)
	}
	return body, nil
}
