// Package names knows how Chinese names are written and read: it folds the
// spellings of a text that mean the same, and gives the pinyin of characters,
// local readings of Yunfu's place names before those of the dictionary.
//
// It stands before spatial/search, which finds names by it. It keeps no names
// itself, and doesn't tell which reading of several a name has: all are known,
// the likeliest first.
package names
