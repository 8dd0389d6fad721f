package archive

import (
	"fmt"
	"os"
	"syscall"
)

// mapFile maps a whole file into memory, to be read only.
func mapFile(path string) (bytes []byte, unmap func() error, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close() // the mapping stays
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() < headerSize || int64(int(info.Size())) != info.Size() {
		return nil, nil, fmt.Errorf("%w: %s has %d bytes", ErrDamaged, path, info.Size())
	}
	bytes, err = syscall.Mmap(int(file.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil, &os.PathError{Op: "mmap", Path: path, Err: err}
	}
	return bytes, func() error { return syscall.Munmap(bytes) }, nil
}
