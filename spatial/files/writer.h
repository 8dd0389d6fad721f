// What this package asks of GDAL to write features. Each call collects what GDAL
// says in a buffer of its caller, since the next call may come on another thread.
#ifndef ONEMAP_FILES_WRITER_H
#define ONEMAP_FILES_WRITER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
	char text[512]; // the first failure, "" is none
} of_failure;

typedef struct {
	const char *name;
	const char *alias; // "" is none
	int type;          // OGRFieldType
	int subtype;       // OGRFieldSubType
	int width;
	int precision;
} of_column;

void of_register(void);
void *of_create(const char *driver, const char *path, const char *now, of_failure *failed);
void *of_layer(void *data, const char *name, int epsg, int kind, char **options, const char *now,
               const of_column *columns, int count, of_failure *failed);
void *of_feature(void *layer, int64_t fid, const void *wkb, size_t size, of_failure *failed);
void of_null(void *feature, int field);
void of_integer(void *feature, int field, int64_t value);
void of_real(void *feature, int field, double value);
void of_text(void *feature, int field, const char *value);
void of_moment(void *feature, int field, int year, int month, int day, int hour, int minute, float second, int zone);
int of_add(void *layer, void *feature, const char *now, of_failure *failed); // frees the feature
int of_begin(void *data, of_failure *failed);
int of_commit(void *data, const char *now, of_failure *failed);
int of_close(void *data, const char *now, of_failure *failed);

#endif
