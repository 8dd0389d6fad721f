#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

static void CPL_STDCALL collect(CPLErr severity, CPLErrorNum number, const char *text) {
	(void)number;
	om_messages *said = (om_messages *)CPLGetErrorHandlerUserData();
	if (severity >= CE_Failure) {
		if (said->failures++ == 0)
			CPLStrlcpy(said->failure, text, sizeof said->failure);
	} else if (severity == CE_Warning) {
		if (said->warnings++ == 0)
			CPLStrlcpy(said->warning, text, sizeof said->warning);
	}
}

void om_register(void) {
	GDALAllRegister();
	CPLSetConfigOption("DXF_ENCODING", "UTF-8"); // texts as their bytes are: the importer decides
	// A feature of GeoJSON takes some 35 times its size in memory; MiB.
	CPLSetConfigOption("OGR_GEOJSON_MAX_OBJ_SIZE", "16");
	// Nothing is fetched, whatever a file refers to.
	CPLSetConfigOption("GML_SKIP_RESOLVE_ELEMS", "ALL");
	CPLSetConfigOption("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{none}");
}

void *om_open(const char *path, const char *driver, char **options, om_messages *said) {
	const char *const drivers[] = {driver, NULL};
	CPLPushErrorHandlerEx(collect, said);
	GDALDatasetH dataset = GDALOpenEx(path, GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, drivers,
	                                  (const char *const *)options, NULL);
	CPLPopErrorHandler();
	return dataset;
}

void om_close(void *dataset) {
	om_messages said = {0};
	CPLPushErrorHandlerEx(collect, &said);
	GDALClose(dataset);
	CPLPopErrorHandler();
}

int om_layer_count(void *dataset, om_messages *said) {
	CPLPushErrorHandlerEx(collect, said);
	int count = GDALDatasetGetLayerCount(dataset);
	CPLPopErrorHandler();
	return count;
}

void *om_layer(void *dataset, int index, om_messages *said) {
	CPLPushErrorHandlerEx(collect, said);
	OGRLayerH layer = GDALDatasetGetLayer(dataset, index);
	CPLPopErrorHandler();
	return layer;
}

const char *om_layer_name(void *layer) { return OGR_L_GetName(layer); }

int om_layer_open(void *layer, int *has_geometry, om_messages *said) {
	CPLPushErrorHandlerEx(collect, said);
	int fields = OGR_FD_GetFieldCount(OGR_L_GetLayerDefn(layer));
	*has_geometry = OGR_L_GetGeomType(layer) != wkbNone;
	CPLPopErrorHandler();
	return fields;
}

int64_t om_layer_count_features(void *layer, om_messages *said) {
	CPLPushErrorHandlerEx(collect, said);
	int64_t count = OGR_L_GetFeatureCount(layer, 1);
	CPLPopErrorHandler();
	return count;
}

char *om_layer_wkt(void *layer, om_messages *said) {
	char *text = NULL;
	CPLPushErrorHandlerEx(collect, said);
	OGRSpatialReferenceH system = OGR_L_GetSpatialRef(layer);
	const char *const as[] = {"FORMAT=WKT2_2018", NULL};
	if (system != NULL && OSRExportToWktEx(system, &text, as) != OGRERR_NONE) {
		CPLFree(text);
		text = NULL;
	}
	CPLPopErrorHandler();
	return text;
}

void om_free(void *memory) { CPLFree(memory); }

om_field om_field_at(void *layer, int index) {
	OGRFieldDefnH field = OGR_FD_GetFieldDefn(OGR_L_GetLayerDefn(layer), index);
	om_field f = {OGR_Fld_GetNameRef(field), OGR_Fld_GetType(field), OGR_Fld_GetWidth(field), OGR_Fld_GetAlternativeNameRef(field)};
	return f;
}

void om_rewind(void *layer) {
	om_messages said = {0};
	CPLPushErrorHandlerEx(collect, &said);
	OGR_L_ResetReading(layer);
	CPLPopErrorHandler();
}

// room makes place for n more bytes; without memory it returns NULL.
static unsigned char *room(om_batch *b, size_t n) {
	if (b->capacity - b->size < n) {
		size_t capacity = (b->size + n) * 3 / 2;
		unsigned char *data = realloc(b->data, capacity);
		if (data == NULL) {
			b->out_of_memory = 1;
			return NULL;
		}
		b->data = data;
		b->capacity = capacity;
	}
	unsigned char *at = b->data + b->size;
	b->size += n;
	return at;
}

static void put(om_batch *b, const void *from, size_t n) {
	unsigned char *at = room(b, n);
	if (at != NULL && n > 0)
		memcpy(at, from, n);
}

static void put_tag(om_batch *b, char tag) { put(b, &tag, 1); }

static void put_text(om_batch *b, const char *text) {
	uint32_t length = (uint32_t)strlen(text);
	put_tag(b, 's');
	put(b, &length, sizeof length);
	put(b, text, length);
}

static void put_value(om_batch *b, OGRFeatureH feature, int field, OGRFieldType type) {
	const OGRField *raw = OGR_F_GetRawFieldRef(feature, field);
	if (OGR_RawField_IsUnset(raw) || OGR_RawField_IsNull(raw)) {
		put_tag(b, '0');
		return;
	}
	switch (type) {
	case OFTInteger:
	case OFTInteger64: {
		int64_t value = type == OFTInteger ? raw->Integer : raw->Integer64;
		put_tag(b, 'i');
		put(b, &value, sizeof value);
		break;
	}
	case OFTReal:
		put_tag(b, 'f');
		put(b, &raw->Real, sizeof raw->Real);
		break;
	case OFTString:
		put_text(b, raw->String);
		break;
	case OFTDate:
	case OFTTime:
	case OFTDateTime: {
		int part[5], zone;
		float second;
		if (!OGR_F_GetFieldAsDateTimeEx(feature, field, &part[0], &part[1], &part[2], &part[3], &part[4], &second, &zone)) {
			put_tag(b, '0');
			break;
		}
		int32_t all[7] = {part[0], part[1], part[2], part[3], part[4], (int32_t)(second * 1000 + 0.5f), zone};
		put_tag(b, 't');
		put(b, all, sizeof all);
		break;
	}
	case OFTBinary:
		put_tag(b, '0');
		break;
	default: // lists as GDAL writes them
		put_text(b, OGR_F_GetFieldAsString(feature, field));
	}
}

// put_geometry writes two-dimensional WKB, arcs as line segments, and the
// surfaces of 3D formats as multipolygons.
static void put_geometry(om_batch *b, OGRFeatureH feature) {
	uint32_t length = 0;
	OGRGeometryH g = OGR_F_GetGeometryRef(feature);
	OGRGeometryH own = NULL;
	if (g == NULL || OGR_G_IsEmpty(g)) {
		put(b, &length, sizeof length);
		return;
	}
	if (OGR_G_HasCurveGeometry(g, 1))
		g = own = OGR_G_GetLinearGeometry(g, 0, NULL);
	switch (g == NULL ? wkbUnknown : wkbFlatten(OGR_G_GetGeometryType(g))) {
	case wkbTIN:
	case wkbTriangle:
	case wkbPolyhedralSurface:
		own = OGR_G_ForceToMultiPolygon(own != NULL ? own : OGR_G_Clone(g));
		g = own;
		break;
	default:
		break;
	}
	if (g != NULL) {
		if (OGR_G_Is3D(g) || OGR_G_IsMeasured(g))
			OGR_G_FlattenTo2D(g);
		length = (uint32_t)OGR_G_WkbSize(g);
		put(b, &length, sizeof length);
		unsigned char *at = room(b, length);
		if (at != NULL)
			OGR_G_ExportToIsoWkb(g, wkbNDR, at);
	} else {
		put(b, &length, sizeof length);
	}
	if (own != NULL)
		OGR_G_DestroyGeometry(own);
}

void om_read(void *layer, const int *fields, int field_count, int rows, size_t bytes, om_batch *b, om_messages *said) {
	b->size = 0;
	b->rows = 0;
	b->done = 0;
	CPLPushErrorHandlerEx(collect, said);
	OGRFeatureDefnH definition = OGR_L_GetLayerDefn(layer);
	while (b->rows < rows && b->size < bytes && !b->out_of_memory && said->failures == 0) {
		OGRFeatureH feature = OGR_L_GetNextFeature(layer);
		if (feature == NULL) {
			b->done = 1;
			break;
		}
		put_geometry(b, feature);
		for (int i = 0; i < field_count; i++)
			put_value(b, feature, fields[i], OGR_Fld_GetType(OGR_FD_GetFieldDefn(definition, fields[i])));
		OGR_F_Destroy(feature);
		b->rows++;
	}
	CPLPopErrorHandler();
}

void om_batch_free(om_batch *batch) { free(batch->data); }
