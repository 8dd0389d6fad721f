package photos

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation reads how the camera was held, 1 to 8 of the Exif standard (JEITA
// CP-3451, tag 0x0112); 1, upright, where it isn't told.
func orientation(f format, file []byte) int {
	var tiff []byte
	switch f {
	case isJPEG:
		tiff = exifOfJPEG(file)
	case isPNG:
		tiff = exifOfPNG(file)
	case isWebP:
		tiff = exifOfWebP(file)
	}
	return orientationOf(tiff)
}

// exifOfJPEG finds the segment APP1 before the picture itself.
func exifOfJPEG(file []byte) []byte {
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		marker, length := file[at+1], int(binary.BigEndian.Uint16(file[at+2:]))
		if marker == 0xda || length < 2 || at+2+length > len(file) { // the picture begins, or nonsense
			return nil
		}
		body := file[at+4 : at+2+length]
		if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); marker == 0xe1 && ok {
			return tiff
		}
		at += 2 + length
	}
	return nil
}

// exifOfPNG finds the chunk eXIf.
func exifOfPNG(file []byte) []byte {
	for at := 8; at+12 <= len(file); {
		length := int64(binary.BigEndian.Uint32(file[at:]))
		if int64(at)+12+length > int64(len(file)) {
			return nil
		}
		if string(file[at+4:at+8]) == "eXIf" {
			return file[at+8 : at+8+int(length)]
		}
		at += 12 + int(length)
	}
	return nil
}

// exifOfWebP finds the chunk EXIF; some writers put JPEG's header into it.
func exifOfWebP(file []byte) []byte {
	for at := 12; at+8 <= len(file); {
		length := int64(binary.LittleEndian.Uint32(file[at+4:]))
		if int64(at)+8+length > int64(len(file)) {
			return nil
		}
		if string(file[at:at+4]) == "EXIF" {
			return bytes.TrimPrefix(file[at+8:at+8+int(length)], []byte("Exif\x00\x00"))
		}
		at += 8 + int(length+length%2)
	}
	return nil
}

// orientationOf reads the tag from the first directory of a TIFF header.
func orientationOf(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	} else if string(tiff[:2]) != "MM" {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := int64(order.Uint16(tiff[at:]))
	for i := range entries {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if turn := int(order.Uint16(tiff[entry+8:])); turn >= 1 && turn <= 8 {
				return turn
			}
			return 1
		}
	}
	return 1
}

// upright turns and mirrors a picture as its orientation asks.
func upright(from *image.RGBA, turn int) *image.RGBA {
	if turn <= 1 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	width, height := w, h
	if turn >= 5 {
		width, height = h, w
	}
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var fx, fy int // where in from the pixel comes from
			switch turn {
			case 2:
				fx, fy = w-1-x, y
			case 3:
				fx, fy = w-1-x, h-1-y
			case 4:
				fx, fy = x, h-1-y
			case 5:
				fx, fy = y, x
			case 6:
				fx, fy = y, h-1-x
			case 7:
				fx, fy = w-1-y, h-1-x
			case 8:
				fx, fy = w-1-y, x
			}
			copy(to.Pix[to.PixOffset(x, y):][:4], from.Pix[from.PixOffset(fx, fy):][:4])
		}
	}
	return to
}
