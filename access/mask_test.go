package access_test

import (
	"testing"

	"onemap/access"
)

func TestPeopleAreMaskedWithoutTheRight(t *testing.T) {
	reader := access.With(t.Context(), access.Principal{Name: "reader", Rights: []access.Right{access.ReadPublic, access.ReadInternal}})
	worker := access.With(t.Context(), access.Principal{Name: "worker", Rights: []access.Right{access.ReadPublic, access.ReadDuty}})
	for sentence, c := range map[string]struct{ name, phone, maskedName, maskedPhone string }{
		"a name of three and a mobile": {"张小明", "13812341234", "张**", "138****1234"},
		"a name of two":                {"欧阳", "10012345678", "欧**", "100****5678"},
		"a short extension":            {"李四", "8123456", "李**", "****"},
		"a number with its country":    {"Ann", "+8613812341234", "A**", "+86****1234"},
		"nobody":                       {"", "", "", ""},
		"blanks":                       {"  ", " ", "", ""},
	} {
		name, phone, masked := access.ShowPerson(reader, c.name, c.phone)
		if name != c.maskedName || phone != c.maskedPhone || !masked {
			t.Errorf("%s: %q, %q, %v", sentence, name, phone, masked)
		}
		if name, phone, masked := access.ShowPerson(worker, c.name, c.phone); name != c.name || phone != c.phone || masked {
			t.Errorf("%s, with the right: %q, %q, %v", sentence, name, phone, masked)
		}
	}
	if name, _, _ := access.ShowPerson(t.Context(), "张小明", ""); name != "张**" {
		t.Errorf("without a principal: %q", name)
	}
}
