// What this package asks of GDAL, in few and large calls: one call into C costs
// as much as reading a value, so features cross in batches.
#ifndef ONEMAP_GDAL_READER_H
#define ONEMAP_GDAL_READER_H

#include <stddef.h>
#include <stdint.h>

// om_messages collects what GDAL says during one call.
typedef struct {
	int failures;
	int warnings;
	char failure[512]; // the first of each
	char warning[512];
} om_messages;

typedef struct {
	const char *name;
	int type; // OGRFieldType
	int width;
	const char *alias;
} om_field;

// om_batch is a growing buffer of encoded features; see batch.go for the layout.
typedef struct {
	unsigned char *data;
	size_t size, capacity;
	int rows;
	int done; // no feature is left
	int out_of_memory;
} om_batch;

void om_register(void);
void *om_open(const char *path, const char *driver, char **options, om_messages *said);
void om_close(void *dataset);
int om_layer_count(void *dataset, om_messages *said);
void *om_layer(void *dataset, int index, om_messages *said);
const char *om_layer_name(void *layer);
// om_layer_open makes GDAL read the layer's own header, which some drivers put off; the number of fields comes back.
int om_layer_open(void *layer, int *has_geometry, om_messages *said);
int64_t om_layer_count_features(void *layer, om_messages *said);
char *om_layer_wkt(void *layer, om_messages *said); // to be freed by om_free; NULL where the layer has no system
om_field om_field_at(void *layer, int index);
void om_rewind(void *layer);
void om_read(void *layer, const int *fields, int field_count, int rows, size_t bytes, om_batch *batch, om_messages *said);
void om_batch_free(om_batch *batch);
void om_free(void *memory);

#endif
