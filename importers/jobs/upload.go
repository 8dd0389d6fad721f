package jobs

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

//go:embed sql/received.sql
var receivedSQL string

// room is what is left free on the disk beside an upload, in bytes.
const room = 256 << 20

func (q *Queue) checkRoom(size int64) error {
	if err := os.MkdirAll(q.dir, 0o700); err != nil {
		return fmt.Errorf("jobs: folder of uploads: %w", err)
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(q.dir, &disk); err != nil {
		return fmt.Errorf("jobs: folder of uploads: %w", err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free-size < room {
		return fmt.Errorf("%w: %d bytes are free, %d are needed", ErrDiskFull, free, size+room)
	}
	return nil
}

// folder is where the file of an import waits; nothing else is in it.
func (q *Queue) folder(id int64) string { return filepath.Join(q.dir, strconv.FormatInt(id, 10)) }

func (q *Queue) removeFile(id int64) {
	_ = os.RemoveAll(q.folder(id)) // what is left is found by the next sweep
}

// Offset tells how many bytes of an import's file have arrived, and how many
// there will be. The file itself is asked, which also knows of an upload that
// broke off with its server. It needs the right [access.Import].
func (q *Queue) Offset(ctx context.Context, id int64) (received, size int64, err error) {
	one, err := q.Import(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	if one.State != Uploading {
		return one.Received, one.Size, nil
	}
	info, err := os.Stat(filepath.Join(q.folder(id), one.Filename))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, one.Size, nil
	case err != nil:
		return 0, 0, fmt.Errorf("jobs: upload of import %d: %w", id, err)
	}
	return info.Size(), one.Size, nil
}

// Upload appends bytes to an import's file, which must have offset bytes so
// far; else it is an [ErrOffset]. When body breaks off, what came is kept and
// can be gone on from. With the last byte the import is queued. More bytes than
// were declared are an [ErrTooLarge], and none of the surplus is kept. It needs
// the right [access.Import].
func (q *Queue) Upload(ctx context.Context, id, offset int64, body io.Reader) (Import, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return Import{}, err
	}
	one, err := q.read(ctx, id)
	if err != nil {
		return Import{}, err
	}
	if one.State != Uploading {
		return Import{}, fmt.Errorf("%w: import %d is %s", ErrNotUploading, id, one.State)
	}
	received, copyErr := q.append(one, offset, body)
	if errors.Is(copyErr, ErrOffset) || errors.Is(copyErr, ErrBusy) {
		return Import{}, copyErr
	}
	// The client may have gone; what arrived is recorded all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if _, err := q.db.Exec(ctx, receivedSQL, pgx.StrictNamedArgs{"id": id, "received": received}); err != nil {
		return Import{}, fmt.Errorf("jobs: upload of import %d: %w", id, err)
	}
	if copyErr != nil {
		return Import{}, copyErr
	}
	if received < one.Size {
		return q.read(ctx, id)
	}
	return q.Start(ctx, id)
}

// append writes body to the end of the file and returns the file's size.
func (q *Queue) append(one Import, offset int64, body io.Reader) (int64, error) {
	failed := func(size int64, err error) (int64, error) {
		if errors.Is(err, syscall.ENOSPC) {
			err = fmt.Errorf("%w: %w", ErrDiskFull, err)
		}
		return size, fmt.Errorf("jobs: upload of import %d: %w", one.ID, err)
	}
	if err := os.MkdirAll(q.folder(one.ID), 0o700); err != nil {
		return failed(0, err)
	}
	file, err := os.OpenFile(filepath.Join(q.folder(one.ID), one.Filename), os.O_CREATE|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return failed(0, err)
	}
	defer file.Close()
	// One writer at a time, also of several processes on one machine.
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return 0, fmt.Errorf("%w: %d", ErrBusy, one.ID)
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return failed(0, err)
	}
	if size != offset {
		return size, fmt.Errorf("%w: %d bytes are here, the upload begins at %d", ErrOffset, size, offset)
	}
	written, err := io.Copy(file, io.LimitReader(body, one.Size-size))
	size += written
	if err == nil && size == one.Size {
		if n, _ := io.ReadFull(body, make([]byte, 1)); n > 0 {
			return size, fmt.Errorf("%w: import %d was declared as %d bytes, and more came", ErrTooLarge, one.ID, one.Size)
		}
	}
	if err == nil {
		err = file.Sync() // what is told to have arrived survives the machine
	}
	if err != nil {
		return failed(size, err)
	}
	return size, nil
}
