package access

import (
	"context"
	"strings"
	"unicode/utf8"
)

// ShowPerson returns the name and the phone number of somebody on duty as the
// context's principal may see them: whole with the right [ReadDuty], else
// masked, as 张** and 138****1234.
func ShowPerson(ctx context.Context, name, phone string) (shownName, shownPhone string, masked bool) {
	if ShowsPeople(ctx) {
		return name, phone, false
	}
	name, phone = MaskPerson(name, phone)
	return name, phone, true
}

// ShowsPeople tells whether the context's principal sees people on duty whole.
func ShowsPeople(ctx context.Context) bool { return From(ctx).May(ReadDuty) }

// MaskPerson masks a name and a phone number, as 张** and 138****1234.
func MaskPerson(name, phone string) (maskedName, maskedPhone string) {
	return maskName(name), maskPhone(phone)
}

// maskName keeps the first character.
func maskName(name string) string {
	if name = strings.TrimSpace(name); name == "" {
		return ""
	}
	_, first := utf8.DecodeRuneInString(name)
	return name[:first] + "**"
}

// maskPhone keeps the first three and the last four of at least eleven digits.
func maskPhone(phone string) string {
	phone = strings.TrimSpace(phone)
	switch n := utf8.RuneCountInString(phone); {
	case n == 0:
		return ""
	case n < 11:
		return "****"
	default:
		runes := []rune(phone)
		return string(runes[:3]) + "****" + string(runes[n-4:])
	}
}
