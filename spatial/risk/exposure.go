package risk

// ExposureRules say what may be exposed, and how people are counted.
type ExposureRules struct {
	Houses struct {
		Layer     string   `json:"layer"`
		Weight    string   `json:"weight"` // field, m² of floor: people are shared out by it
		Use       string   `json:"use"`    // field with a code
		Dwellings []string `json:"dwellings"`
	} `json:"houses"`
	Population struct {
		Layer  string `json:"layer"` // grid cells with a number of people
		Code   string `json:"code"`
		People string `json:"people"`
	} `json:"population"`
	Cells    map[string]CellRule `json:"cells"` // by the name of the tier
	KeySites []KeySite           `json:"key_sites"`
}

// CellRule says which layer holds the cells of a tier, and how long their codes
// are: a cell's code begins with its parent's.
type CellRule struct {
	Layer  string `json:"layer"`
	Digits int    `json:"digits"`
}

// KeySite says which features of a layer are places to look after first.
type KeySite struct {
	Layer  string   `json:"layer"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	NameEN string   `json:"name_en"`
	Field  string   `json:"field,omitempty"` // with Codes, which features; without, all
	Codes  []string `json:"codes,omitempty"`
	Label  string   `json:"label"`
}
